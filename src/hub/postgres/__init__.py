"""An embedded PostgreSQL: its programs, its directory, its process."""
