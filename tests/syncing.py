"""What the tests of synchronisation share: a store without a hub, registers by hand, and the state as a value."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest_asyncio

from hub import means
from hub.catalog import Group
from hub.catalog.process_entities import history_name
from hub.crypto import Keyring, Vault, WrappedKey, missing_keys, open_vault
from hub.domain import CATALOGUE
from hub.domain.divisions import shipped
from hub.means.rules import load_rules
from hub.store.keys import locked_keys
from hub.store.pool import open_pool
from hub.store.tables import METADATA, TABLES
from hub.sync.mapping_files import Mappings, load_mappings
from hub.sync.regions import load_regions
from hub.sync.run import sync_source

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from hub.store.pool import Pool
    from hub.sync.runs import SyncReport

SCHEMA = Path(__file__).parents[1] / "schema"
MAPPINGS = SCHEMA / "mappings"
RULES = load_rules(SCHEMA / "rules")
BOOKKEEPING = ("provenance", "claim", "quarantined_row")
VILLAGE = "230502001001"
OTHER_VILLAGE = "230503002001"

ANNA, BORIS, CLARA, DORA = (
    "11010519491231002X",
    "230502198001010016",
    "230502198001010024",
    "230502198001010032",
)
"""Synthetic people. Only the check digits are real."""


@dataclass(frozen=True, slots=True)
class Store:
    """A hub's database with its keys."""

    url: str
    pool: Pool
    vault: Vault
    mappings: Mappings = field(default_factory=lambda: load_mappings(MAPPINGS, CATALOGUE))

    async def sync(self, source: str, location: Any, **options: Any) -> SyncReport:
        """Pull one source; it must succeed."""
        report = await sync_source(self.pool, self.vault, self.mappings, source, location, **options)
        assert report.ok, report.message
        return report

    async def check(self, *sources: str) -> means.Watched:
        """Check means as if these sources were all that report; none named stands for those that the mappings name."""
        checking = self.mappings.checking
        named = {source: checking[source] for source in sources or checking}
        return await means.watch(self.pool, self.vault, RULES, named)

    def opened(self, entity: str, name: str, row: Mapping[str, Any]) -> Any:
        """Return a field of a row in plain."""
        item = CATALOGUE[entity].fields[name]
        value = row[name]
        if value is None or not item.sealed or item.group is None:
            return value
        return self.vault.opener(CATALOGUE[entity].table, item.column, item.group).open(row["id"].bytes, value)

    async def people(self) -> dict[str, dict[str, Any]]:
        """Return ID number to the person's fields in plain."""
        rows = await self.pool.fetch("SELECT * FROM person")
        fields = CATALOGUE["Person"].fields
        return {
            self.opened("Person", "id_number", row): {name: self.opened("Person", name, row) for name in fields}
            for row in rows
        }


@asynccontextmanager
async def opened(url: str, keyring: Keyring | None = None) -> AsyncIterator[Store]:
    """Open a migrated database with new data keys, and load the divisions."""
    ring = keyring or Keyring.generate()
    vault = await open_vault(ring, await missing_keys(ring, [], datetime.now(UTC)))
    pool = await open_pool(url, size=4)
    try:
        async with pool.acquire() as connection:
            await load_regions(connection, shipped())
        yield Store(url, pool, vault)
    finally:
        await pool.close()


@asynccontextmanager
async def existing(url: str, ring: Keyring) -> AsyncIterator[Store]:
    """Open the database of a hub that has run, with its own data keys."""
    pool = await open_pool(url, size=2)
    try:
        async with pool.acquire() as connection, locked_keys(connection) as stored:
            vault = await open_vault(ring, [WrappedKey(*row) for row in stored.rows])
        yield Store(url, pool, vault)
    finally:
        await pool.close()


@pytest_asyncio.fixture(scope="module")
async def shared_store(migrated_url: str) -> AsyncIterator[Store]:
    """A store for the tests of one module."""
    async with opened(migrated_url) as made:
        yield made


@pytest_asyncio.fixture
async def store(shared_store: Store) -> Store:
    """The module's store, with nothing in it but the divisions."""
    # Deleting is quicker than a new database or TRUNCATE where there is next to nothing.
    filled = {owner.table for owner in CATALOGUE if owner.name != "Region"} | {"provenance", "claim"}
    names = [table.name for table in reversed(METADATA.sorted_tables) if table.name in filled]
    histories = {CATALOGUE[history_name(owner.name)].table for owner in CATALOGUE if owner.process is not None}
    await shared_store.pool.execute("; ".join(emptied(name, history=name in histories) for name in names))
    return shared_store


def emptied(table: str, *, history: bool) -> str:
    """What empties a table; the guard of one whose rows are only ever added is put aside meanwhile."""
    delete, guard = f"DELETE FROM {table}", f"TRIGGER {table}_append_only"
    if not history:
        return delete
    return f"ALTER TABLE {table} DISABLE {guard}; {delete}; ALTER TABLE {table} ENABLE ALWAYS {guard}"


COLUMNS = {
    "household": (
        "household_no, region, address, size, declared_monthly_income, declared_vehicles, declared_homes,"
        " check_authorised_on"
    ),
    "member": "member_no, household_no, id_no, full_name, relation, mobile, guardian_id_no",
    "enrolment": (
        "enrolment_no, id_no, household_no, category, status, monthly_amount, region, approved_on, valid_until"
    ),
    "need": ("need_no, id_no, household_no, kind, description, urgency, region, consent_signed_on, status, created_on"),
    "past_check": "check_no, household_no, checked_on, outcome",
    "户籍人口": "人员编号, 公民身份号码, 姓名, 性别, 出生日期, 户籍地区划, 住址",
    "机动车": "号牌号码, 所有人证件号, 车辆类型, 初次登记日期, 状态",
    "pension": "pension_no, id_card, monthly_pension, state, updated_at",
    "insured_wage": "record_no, id_card, employer, wage_base, month",
}
REGISTERS = {
    "civil-affairs": ("household", "member", "enrolment", "need", "past_check"),
    "public-security": ("户籍人口", "机动车"),
    "social-security": ("pension", "insured_wage"),
}


def register(path: Path, source: str, **tables: Sequence[Sequence[Any]]) -> Path:
    """Write a department's register, as an SQLite file, anew; tables that are not named are empty."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in REGISTERS[source]:
            columns = [column.strip() for column in COLUMNS[table].split(",")]
            connection.execute(f'CREATE TABLE "{table}" ({", ".join(columns)})')
            marks = ", ".join("?" * len(columns))
            connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', tables.get(table, ()))
    return path


def household(number: str = "H1", **changes: Any) -> tuple[Any, ...]:
    """A household's row; changes by name of column."""
    row = {
        "household_no": number, "region": VILLAGE, "address": "新兴路1号", "size": 2,
        "declared_monthly_income": "1000.00", "declared_vehicles": 0, "declared_homes": 1,
        "check_authorised_on": "2026-01-01",
    }  # fmt: skip
    return tuple((row | changes).values())


def member(number: str, id_no: str | None, home: str = "H1", **changes: Any) -> tuple[Any, ...]:
    """A member's row."""
    row = {
        "member_no": number, "household_no": home, "id_no": id_no, "full_name": f"名{number}", "relation": "户主",
        "mobile": "14012345678", "guardian_id_no": None,
    }  # fmt: skip
    return tuple((row | changes).values())


def enrolment(number: str, id_no: str, **changes: Any) -> tuple[Any, ...]:
    """An enrolment's row."""
    row = {
        "enrolment_no": number, "id_no": id_no, "household_no": "H1", "category": "低保", "status": "在享",
        "monthly_amount": "650.00", "region": VILLAGE, "approved_on": "2026-01-01", "valid_until": None,
    }  # fmt: skip
    return tuple((row | changes).values())


async def physical(store: Store) -> dict[str, set[tuple[Any, ...]]]:
    """Return which version of every row stands where: it changes when a row is written, even to the same values."""
    tables = [TABLES[owner.name].name for owner in CATALOGUE if owner.sourced] + list(BOOKKEEPING)
    return {
        table: {(row[0], str(row[1])) for row in await store.pool.fetch(f"SELECT xmin::text, ctid::text FROM {table}")}
        for table in tables
    }


async def state(store: Store) -> dict[Any, Any]:
    """Return everything that came from sources in plain, without ids and times: equal for equal stores.

    Rows are named by the tokens of the source rows that made them. Needs equal index keys for comparison.
    """
    named: dict[tuple[str, Any], Any] = {}
    trails = await store.pool.fetch(
        "SELECT entity, row_id, key_token, missing_since IS NULL FROM provenance WHERE source <> 'hub'"
    )
    for entity, row_id, token, _present in sorted(trails, key=lambda row: (row[0], row[2])):
        named.setdefault((entity, row_id), token)
    # The hub's own checks have no source row: each is named by its household.
    own = "SELECT m.id, m.household_id FROM means_check m JOIN provenance p ON p.row_id = m.id WHERE p.source = 'hub'"
    for row_id, household_id in await store.pool.fetch(own):
        named["MeansCheck", row_id] = ("own", named["Household", household_id])
    found: dict[Any, Any] = {"trails": {(entity, token, present) for entity, _, token, present in trails}}
    for owner in CATALOGUE:
        if not owner.sourced:
            continue
        for row in await store.pool.fetch(f"SELECT * FROM {owner.table}"):
            values: dict[str, Any] = {
                name: store.opened(owner.name, name, row)
                for name, field in owner.fields.items()
                if name not in ("id", "checked_at") and field.alike is None
            }
            for link in owner.stored_links.values():
                target = row[link.column]
                values[link.name] = None if target is None else named[link.target, target]
            found[owner.name, named[owner.name, row["id"]]] = (values, row["field_origins"])
    for row in await store.pool.fetch("SELECT * FROM quarantined_row"):
        text = store.opened("QuarantinedRow", "row", row)
        found["quarantine", row["source"], row["source_table"], row["rule"], text] = row["reason"]
    for row in await store.pool.fetch("SELECT * FROM claim"):
        found["claim", named["Person", row["person_id"]], row["item"], row["source"]] = claim_text(store, row)
    return found


def claim_text(store: Store, row: Mapping[str, Any]) -> str:
    """Return a claim's value in plain."""
    return store.vault.opener("claim", "value", Group.IDENTITY).open(row["id"].bytes, row["value"])
