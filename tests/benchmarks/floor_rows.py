"""The floor's statements, and how their rows become JSON with the sealed fields opened."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson

from hub.catalog import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from hub.crypto import Vault

CENT = Decimal("0.01")
TIME = """'YYYY-MM-DD"T"HH24:MI:SS"Z"'"""

# The server makes the means checks' JSON: nothing of them is sealed, so nothing of them need pass through Python. An
# outcome is a code, which JSON writes as it is.
CHECKS = f"""(SELECT '[' || string_agg('{{"node":{{"outcome":"' || outcome || '","checkedAt":"'
        || to_char(checked_at, {TIME}) || '"}}}}', ',') || ']'
    FROM (SELECT outcome, checked_at FROM means_check WHERE household_id = h.id ORDER BY id LIMIT 2) m)"""
RECIPIENT = f"""r.id, r.category, r.status, r.monthly_amount::text, r.region, p.id, p.name, p.id_number,
    p.birth_date::text, p.phone, h.id, h.size, h.address, {CHECKS}"""
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
        self.name = vault.opener("person", "name", Group.IDENTITY).open
        self.number = vault.opener("person", "id_number", Group.IDENTITY).open
        self.phone = vault.opener("person", "phone", Group.CONTACT).open
        self.address = vault.opener("household", "address", Group.CONTACT).open
        self.value = vault.opener("finding", "value", Group.FINANCE).open
        self.amount = vault.opener("finding", "amount", Group.FINANCE).open

    def recipient(self, row: asyncpg.Record) -> dict[str, Any]:
        (id_, category, status, amount, region, person, name, number, born, phone,
         household, size, address, checks) = row  # fmt: skip
        person = person.bytes
        return {
            "id": f"Recipient:{id_}",
            "category": category,
            "status": status,
            "monthlyAmount": amount,
            "region": region,
            "person": {
                "name": None if name is None else self.name(person, name),
                "idNumber": self.number(person, number),
                "birthDate": born,
                "phone": None if phone is None else self.phone(person, phone),
            },
            "household": None
            if household is None
            else {
                "id": f"Household:{household}",
                "size": size,
                "address": None if address is None else self.address(household.bytes, address),
                "meansChecks": {"edges": orjson.Fragment(checks or "[]")},
            },
        }

    def person(self, row: asyncpg.Record) -> dict[str, Any]:
        id_, name, number, born, phone, sex, region = row
        key = id_.bytes
        return {
            "id": f"Person:{id_}",
            "name": None if name is None else self.name(key, name),
            "idNumber": self.number(key, number),
            "birthDate": born,
            "phone": None if phone is None else self.phone(key, phone),
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
                            "node": {"name": None if name is None else self.name(key.bytes, name), "sex": sex},
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
