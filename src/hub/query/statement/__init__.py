"""Plans as SQL: written by SQLAlchemy once for each plan."""
