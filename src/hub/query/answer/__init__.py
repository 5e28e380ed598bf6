"""Step 6 of a query: rows become the JSON of the answer. Sealed values are opened and masked here alone."""
