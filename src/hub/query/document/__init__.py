"""Step 2 of a query: a document becomes an operation that is valid, within limits, and about what exists for a viewer.

``operation`` parses and validates, ``limits`` counts, ``merging`` is the one rule that graphql-core is too slow for,
``wording`` keeps values out of messages, ``selection`` collects fields. ``views`` has the schema of each viewer,
``trusted`` the documents that were looked at beforehand, ``bulk`` the document that an export reads page by page.
"""
