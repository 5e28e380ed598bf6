"""The hub's own PostgreSQL: embedded server, pool, migrations, tables, audit."""
