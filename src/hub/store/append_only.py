"""Tables whose rows are only ever added: a trigger refuses everything else, to the hub itself as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event

if TYPE_CHECKING:
    from sqlalchemy import Table


def guard(name: str) -> tuple[str, ...]:
    """Return the statements that guard a table of this name, to be run in this order once it is there."""
    return (
        f"""CREATE FUNCTION {name}_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '{name} is append-only' USING ERRCODE = 'insufficient_privilege';
END $$""",
        f"""CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}
FOR EACH STATEMENT EXECUTE FUNCTION {name}_refuse_change()""",
        # ALWAYS: otherwise "session_replication_role = replica" would switch the guard off.
        f"ALTER TABLE {name} ENABLE ALWAYS TRIGGER {name}_append_only",
    )


def unguard(name: str) -> tuple[str, ...]:
    """Return the statements that take the guard away, to be run before the table is dropped."""
    return (f"DROP FUNCTION {name}_refuse_change() CASCADE",)


def append_only(table: Table) -> None:
    """Have the table guarded wherever it is made from its declaration; a migration runs the same text."""
    for statement in guard(table.name):
        event.listen(table, "after_create", DDL(statement))  # type: ignore[no-untyped-call] # SQLAlchemy has not typed it
    for statement in unguard(table.name):
        event.listen(table, "before_drop", DDL(statement))  # type: ignore[no-untyped-call] # SQLAlchemy has not typed it
