"""Step 3 of a query: selection × catalogue × policy becomes a plan, a frozen value without a value of the query's."""
