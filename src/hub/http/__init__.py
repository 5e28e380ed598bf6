"""GraphQL over HTTP: requests read, answers and exports written, each exchange accounted for."""
