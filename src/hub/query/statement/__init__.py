"""Plans as SQL: written by SQLAlchemy once for each plan.

``layout`` says what each row has, and where; ``sql`` writes the statements, ``conditions`` their predicates and
parameters, ``pages`` orders and keyset pages, ``json_sql`` the JSON that the server writes.
"""
