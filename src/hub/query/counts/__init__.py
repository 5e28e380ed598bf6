"""Step 6 for counts: groups as the database counts them become tables in which nothing withheld can be computed.

``answer`` makes the answer, ``suppression`` decides what of a table is withheld.
"""
