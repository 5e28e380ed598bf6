"""Only the room ``write`` changes an entity's table: everything else in the hub is read for statements that do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import hub
from hub.domain import CATALOGUE

SOURCE = Path(hub.__file__).parent
ENTITY_TABLES = {owner.table for owner in CATALOGUE}
CHANGING = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|MERGE\s+INTO|COPY)\s+(\S+)")
MERGED = re.compile(r"\b(?:FOR|DO|BEFORE|OR)\s+(?=UPDATE|DELETE|TRUNCATE)")
"""``FOR UPDATE``, ``DO UPDATE`` and a trigger's ``BEFORE UPDATE`` change nothing by themselves."""
COPYING = {"copy_records_to_table", "copy_to_table"}
BUILDING = {"insert", "update", "delete"}
DEPARTMENTS = SOURCE / "demo"
"""Fills the sample departments' databases, and never opens the hub's."""


def changes(text: str, name: str) -> list[str]:
    """Return what in a module's text changes a table that is, or could be, an entity's."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.JoinedStr):
            statement = "".join(
                part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            statement = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COPYING:
            table = node.args[0] if node.args else None
            statement = f"COPY {table.value if isinstance(table, ast.Constant) else '{}'}"
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sqlalchemy"):
            found += [f"{name}:{node.lineno}: {alias.name}" for alias in node.names if alias.name in BUILDING]
            continue
        else:
            continue
        for table in CHANGING.findall(MERGED.sub("", statement)):
            if "{" in table or table.strip('"`.,;()') in ENTITY_TABLES:
                found.append(f"{name}:{node.lineno}: {table}")
    return found


def test_no_other_room_changes_an_entity_s_table():
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if path.parent != SOURCE / "write" and DEPARTMENTS not in path.parents:
            found += changes(path.read_text(encoding="utf-8"), str(path.relative_to(SOURCE)))
    assert found == []


def test_the_sample_departments_are_not_made_through_the_hub_s_store():
    for path in DEPARTMENTS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        taken = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert taken.isdisjoint({"hub.store.tables", "hub.write"}), path.name


def test_what_changes_a_table_is_recognised_however_it_is_written():
    for text in (
        "run('INSERT INTO person (id) VALUES ($1)')",
        "run(f'UPDATE {table} SET a = 1')",
        "run('WITH gone AS (DELETE FROM finding RETURNING id) SELECT 1')",
        "run('TRUNCATE household')",
        "run('DELETE FROM \"person\" WHERE id = $1')",
        "connection.copy_records_to_table('need', records=rows)",
        "connection.copy_records_to_table(table.name, records=rows)",
        "from sqlalchemy import update",
    ):
        assert changes(text, "module"), text
    for text in (
        "run('UPDATE provenance SET missing_since = $1')",
        "run('INSERT INTO provenance AS c (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1')",
        "run('SELECT id FROM person FOR UPDATE')",
        "connection.copy_records_to_table('sync_seen', records=rows)",
        "from sqlalchemy import select",
    ):
        assert not changes(text, "module"), text
