"""Sample departments with synthetic people, their dirt, and the truth about them."""
