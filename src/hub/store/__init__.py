"""The hub's tables in its PostgreSQL: connections, migrations, partners, keys, audit."""
