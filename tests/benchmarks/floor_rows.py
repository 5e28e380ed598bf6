"""The floor's statements, and how their rows become JSON with the sealed fields opened."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from hub.catalog import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from hub.crypto import Opener, Vault

CENT = Decimal("0.01")
TIME = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""

# The server makes the means checks' JSON: nothing of them is sealed, so nothing of them need pass through Python. An
# outcome is a code, which JSON writes as it is.
CHECKS = f"""(SELECT '[' || string_agg('{{"node":{{"outcome":"' || outcome || '","checkedAt":"'
        || to_char(checked_at, {TIME}) || '"}}}}', ',') || ']'
    FROM (SELECT outcome, checked_at FROM means_check WHERE household_id = h.id ORDER BY id LIMIT 2) m)"""
RECIPIENT = f"""r.id, r.category, r.status, r.monthly_amount::text, r.region, uuid_send(p.id), p.name,
    p.id_number, p.birth_date::text, p.phone, h.id, h.size, h.address, {CHECKS}"""
LINKS = "JOIN person p ON p.id = r.person_id LEFT JOIN household h ON h.id = r.household_id"
AFTER = "WHERE r.id > $1 ORDER BY r.id LIMIT $2"
PAGE = f"SELECT {RECIPIENT} FROM recipient r {LINKS} {AFTER}"
NODE = f"SELECT {RECIPIENT} FROM recipient r {LINKS} WHERE r.id = $1"
LOOK_UP = "SELECT id, name, id_number, birth_date::text, phone, sex, region FROM person WHERE id_number_index = $1"
# Here there is something sealed in the lists: they come as arrays of rows, in PostgreSQL's binary form.
LEVELS = f"""SELECT r.id, r.category, h.id, h.size,
    ARRAY(SELECT ROW(m.relationship, p.id, p.name, p.sex) FROM household_member m JOIN person p ON p.id = m.person_id
        WHERE m.household_id = h.id ORDER BY p.id LIMIT 3),
    ARRAY(SELECT ROW(c.outcome, to_char(c.checked_at, {TIME}),
            ARRAY(SELECT ROW(f.id, f.kind, f.department, f.value, f.amount, f.observed_on::text)
                FROM finding f WHERE f.means_check_id = c.id ORDER BY f.id))
        FROM means_check c WHERE c.household_id = h.id ORDER BY c.id LIMIT 2)
    FROM recipient r LEFT JOIN household h ON h.id = r.household_id {AFTER}"""
STATS = """SELECT category, left(region, 6), count(*), count(monthly_amount), sum(monthly_amount)
    FROM recipient WHERE status = ANY($1) GROUP BY 1, 2 ORDER BY 1, 2"""
STATEMENTS = {"page": PAGE, "node": NODE, "look-up": LOOK_UP, "levels": LEVELS, "stats": STATS}


class Shape:
    """Makes the answers' objects."""

    def __init__(self, vault: Vault) -> None:
        self.name = vault.opener("person", "name", Group.IDENTITY)
        self.number = vault.opener("person", "id_number", Group.IDENTITY)
        self.phone = vault.opener("person", "phone", Group.CONTACT)
        self.address = vault.opener("household", "address", Group.CONTACT)
        self.value = vault.opener("finding", "value", Group.FINANCE).open
        self.amount = vault.opener("finding", "amount", Group.FINANCE).open

    def recipients(self, rows: Sequence[asyncpg.Record]) -> list[dict[str, Any]]:
        """Objects of many rows: their sealed fields are opened column by column."""
        people = [row[5] for row in rows]
        households = [None if row[10] is None else row[10].bytes for row in rows]
        columns = (
            opened(self.name, people, [row[6] for row in rows]),
            opened(self.number, people, [row[7] for row in rows]),
            opened(self.phone, people, [row[9] for row in rows]),
            opened(self.address, households, [row[12] for row in rows]),
        )
        return list(map(recipient, rows, *columns))

    def recipient(self, row: asyncpg.Record) -> dict[str, Any]:
        """The object of one row."""
        person, name, number, phone, household, address = row[5], row[6], row[7], row[9], row[10], row[12]
        return recipient(
            row,
            None if name is None else self.name.open(person, name),
            self.number.open(person, number),
            None if phone is None else self.phone.open(person, phone),
            None if address is None else self.address.open(household.bytes, address),
        )

    def person(self, row: asyncpg.Record) -> dict[str, Any]:
        id_, name, number, born, phone, sex, region = row
        key = id_.bytes
        return {
            "id": f"Person:{id_}",
            "name": None if name is None else self.name.open(key, name),
            "idNumber": self.number.open(key, number),
            "birthDate": born,
            "phone": None if phone is None else self.phone.open(key, phone),
            "sex": sex,
            "region": region,
        }

    def levels(self, row: asyncpg.Record) -> dict[str, Any]:
        id_, category, household, size, members, checks = row
        return {
            "id": f"Recipient:{id_}",
            "category": category,
            "household": None
            if household is None
            else {
                "id": f"Household:{household}",
                "size": size,
                "members": {
                    "edges": [
                        {
                            "relationship": relationship,
                            "node": {"name": None if name is None else self.name.open(key.bytes, name), "sex": sex},
                        }
                        for relationship, key, name, sex in members
                    ]
                },
                "meansChecks": {
                    "nodes": [
                        {"outcome": outcome, "checkedAt": at, "findings": [self.finding(*each) for each in findings]}
                        for outcome, at, findings in checks
                    ]
                },
            },
        }

    def finding(
        self, id_: Any, kind: str, department: str, value: bytes | None, amount: bytes | None, observed: str | None
    ) -> dict[str, Any]:
        key = id_.bytes
        return {
            "kind": kind,
            "department": department,
            "value": None if value is None else self.value(key, value),
            "amount": None if amount is None else self.amount(key, amount),
            "observedOn": observed,
        }


def opened(opener: Opener, ids: Sequence[bytes], values: Sequence[Any]) -> list[str | None]:
    """Open a column, whose nulls stay."""
    if None not in values:
        return [text.decode() for text in opener.each(ids, values)]
    there = [(row, value) for row, value in zip(ids, values, strict=True) if value is not None]
    texts = iter(opener.each([row for row, _ in there], [value for _, value in there]))
    return [None if value is None else next(texts).decode() for value in values]


def recipient(
    row: asyncpg.Record, name: str | None, number: str | None, phone: str | None, address: str | None
) -> dict[str, Any]:
    """The object of a row whose sealed fields are opened."""
    id_, category, status, amount, region, _, _, _, born, _, household, size, _, checks = row
    return {
        "id": f"Recipient:{id_}",
        "category": category,
        "status": status,
        "monthlyAmount": amount,
        "region": region,
        "person": {"name": name, "idNumber": number, "birthDate": born, "phone": phone},
        "household": None
        if household is None
        else {
            "id": f"Household:{household}",
            "size": size,
            "address": address,
            "meansChecks": {"edges": orjson.Fragment(checks or "[]")},
        },
    }


def counts(rows: Sequence[asyncpg.Record]) -> dict[str, Any]:
    """The groups, and how many rows they have together."""
    return {
        "groups": [
            {
                "category": category,
                "regionCounty": county,
                "count": count,
                "sum": {"monthlyAmount": None if total is None else str(total)},
                "average": {"monthlyAmount": None if total is None else str((total / values).quantize(CENT))},
            }
            for category, county, count, values, total in rows
        ],
        "total": {"count": sum(row[2] for row in rows)},
    }
