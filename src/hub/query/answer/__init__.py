"""Step 6 of a query: rows become the JSON of the answer. Sealed values are opened and masked here alone.

``answer`` has the fields of the root type, ``objects`` what rows become, ``pages`` connections, ``values`` fields with
a value. ``columns`` is what they are made with: JSON by columns, joined once. ``execution``: what is known of one.
"""
