"""Step 3 of a query: selection × catalogue × policy becomes a plan, a frozen value without a value of the query's.

The words of a plan: ``tree`` (nodes: one SELECT each, with its columns and what hangs on it), ``fields`` (what becomes
of the rows), ``roots`` (the fields of the root type, and the whole), ``parameters`` (values that an execution brings).
``planner`` makes it: ``objects``, ``values``, ``lists``, ``counts`` for the parts, ``where`` for filters and orders,
``rights`` for what policy answers, ``arguments`` for what the client wrote, ``builder`` for what was gathered so far.
``cursors`` says what a cursor is bound to and holds, ``cost`` what an execution may cost.
"""
