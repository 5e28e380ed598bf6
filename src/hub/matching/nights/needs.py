"""Open needs that consent covers, as columns. Whose they are is looked at where a resource may come into question.

PostgreSQL decides by consent, kind and division alone. Age, sex, income and disability are read for those needs, opened
where they are sealed, and decided here.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Boolean, Integer, Text, table
from sqlalchemy import column as sql_column

from hub.catalog import Scalar
from hub.catalog.predicate import ALWAYS, Predicate, fields_of, outermost
from hub.domain import CATALOGUE
from hub.domain.codes import NeedKind, Sex, Urgency
from hub.matching.columns import Column, column, divisions
from hub.matching.criteria import VOCABULARY, category_column
from hub.matching.criteria.vocabulary import FEN
from hub.matching.nights.offers import LEVELS
from hub.proposals.holds import HELD
from hub.query.statement.conditions import DIALECT, Conditions, Parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt
    from sqlalchemy.types import TypeEngine

    from hub.crypto import Vault
    from hub.matching.instance import Ints, Longs
    from hub.store.audit import Connection

    Open = Callable[[UUID, Any], Any]

BATCH: Final = 20_000
"""Needs that are read at once. Of people there stay numbers in columns, until the night is decided."""
FEW: Final = 20
"""Needs that are opened in a millisecond: a thread would take longer to begin."""
KINDS: Final = tuple(each.name for each in NeedKind)
URGENCIES: Final = tuple(each.name for each in Urgency)
TOWNSHIP: Final = 9
_HOUSEHOLD_WIDE: Final = ["DIBAO", "DIBAO_MARGIN", "RIGID_EXPENDITURE", "TEMPORARY", "RELAPSE_MONITORED"]
"""Assistance that a household gets, whoever of it is enrolled; the other categories are one person's."""
_REACHED: Final = " OR ".join(f"n.kind || left(n.region, {level}) IN (SELECT unnest($3::text[]))" for level in LEVELS)
_ACTIVE: Final = "r.status = 'ACTIVE' AND coalesce(r.valid_until >= $4::date, true)"
_READ: Final = f"""
SELECT n.id, n.kind, n.urgency, n.region, n.created_on, p.id AS person, p.sex, p.birth_date,
  h.id AS household, h.size, h.declared_monthly_income,
  CASE WHEN n.reached THEN ARRAY(
    SELECT r.category FROM recipient r WHERE r.person_id = n.person_id AND {_ACTIVE}
    UNION SELECT r.category FROM recipient r
      WHERE r.household_id = n.household_id AND r.category = ANY($5) AND {_ACTIVE}) END AS categories
FROM (
  SELECT n.*, coalesce(({_REACHED}) AND {{plain}}, false) AS reached FROM need n{{asked}}
  WHERE n.id > $1 AND n.consented @> $4::date AND {{which}} ORDER BY n.id LIMIT $2) n
LEFT JOIN person p ON n.reached AND p.id = n.person_id
LEFT JOIN household h ON n.reached AND h.id = n.household_id
ORDER BY n.id
"""
OPEN: Final = f"n.status = 'OPEN' AND NOT {HELD}"
"""Needs for which something may be proposed, if consent covers them; as SQL."""
RECORD_DAYS: Final = 365
_REGISTERED: Final = f"n.created_on >= $4::date - {RECORD_DAYS} AND n.created_on < $4::date"
_COUNTED: Final = f"""
SELECT kind, count(*) FROM need WHERE created_on >= $1::date - {RECORD_DAYS} AND created_on < $1::date GROUP BY kind
"""


# The columns that a database may decide by, as expressions over a need.
_PLAIN_COLUMNS: Final = {
    "division": "n.region",
    "household_size": "(SELECT h.size FROM household h WHERE h.id = n.household_id)",
    **{
        category_column(code): f"EXISTS (SELECT FROM recipient r WHERE r.category = '{code}' AND {_ACTIVE} AND "
        + ("(r.person_id = n.person_id OR r.household_id = n.household_id))" if code in _HOUSEHOLD_WIDE
           else "r.person_id = n.person_id)")
        for code in VOCABULARY["categories"].codes
    },
}  # fmt: skip
_PLAIN_TYPES: Final[Mapping[str, TypeEngine[Any]]] = {"division": Text(collation="C"), "household_size": Integer()}
_ASKED: Final = table(
    "asked", *(sql_column(name, _PLAIN_TYPES.get(name, Boolean())) for name in sorted(_PLAIN_COLUMNS))
)


@dataclass(frozen=True, slots=True, eq=False)
class OpenNeeds:
    """Needs in the order of their ids. ``waited``: days since registration, 0 where that is not known.

    ``township``: number in ``townships``, their codes; a need without a division is of ``""``. ``columns``: what
    criteria are decided by; known of needs that some resource may reach.
    """

    ids: tuple[UUID, ...]
    kind: Ints
    area: Longs
    urgency: Ints
    township: Ints
    waited: Ints
    townships: tuple[str, ...]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.ids)


async def read_needs(
    connection: Connection,
    vault: Vault,
    offered: Iterable[tuple[str, str]],
    day: date,
    *,
    plain: Predicate = ALWAYS,
    which: str = OPEN,
    needs: Collection[UUID] | None = None,
) -> OpenNeeds:
    """Return the open needs that consent covers on this day. ``offered``: kind and division of each resource.

    ``plain``: what PostgreSQL is to decide by besides (``Criteria.plain``); of whoever does not fulfil it nothing is
    read, and nothing is known in the columns but the division. ``needs``: of these alone.
    """
    opened = _openers(vault)
    reach = _reach(offered)
    batches: list[_Batch] = []
    townships: dict[str, int] = {}
    last, statement = UUID(int=0), statement_of(plain, which, named=needs is not None)
    named = () if needs is None else (list(needs),)
    while rows := await connection.fetch(statement, last, BATCH, reach, day, _HOUSEHOLD_WIDE, *named):
        last = rows[-1]["id"]
        if len(rows) <= FEW:
            batches.append(_batch(rows, opened, townships, day))
        else:
            # In a thread: a hub that serves goes on answering meanwhile.
            batches.append(await asyncio.to_thread(_batch, rows, opened, townships, day))
        if len(rows) < BATCH:
            break
    return _together(batches, tuple(townships))


async def read_record(
    connection: Connection, vault: Vault, offered: Iterable[tuple[str, str]], day: date
) -> tuple[OpenNeeds, Mapping[str, int]]:
    """Return what arrived in the year before this day, as it would on the first day of its waiting.

    Needs that consent covers today, whatever became of them; and how many of each kind were registered in all, for
    those that consent covers no longer arrived as well.
    """
    needs = await read_needs(connection, vault, offered, day, which=_REGISTERED)
    return needs, dict(map(tuple, await connection.fetch(_COUNTED, day)))


def _openers(vault: Vault) -> dict[str, Open]:
    return {
        name: _opener(vault, entity, field)
        for name, entity, field in (
            ("sex", "Person", "sex"),
            ("birth_date", "Person", "birth_date"),
            ("size", "Household", "size"),
            ("income", "Household", "declared_monthly_income"),
        )
    }


def statement_of(plain: Predicate, which: str = OPEN, *, named: bool = False) -> str:
    """Return the statement that reads a batch, with a condition on what is kept in plain.

    ``which``: needs, as a condition of this file's. ``named``: only those whose ids are given last.
    """
    which = f"{which} AND n.id = ANY($6)" if named else which
    if plain == ALWAYS:
        return _READ.format(plain="true", asked="", which=which)
    condition = Conditions(CATALOGUE, "c", Parameters()).of(plain, _ASKED, CATALOGUE["Need"])
    columns = ", ".join(f"{_PLAIN_COLUMNS[name]} AS {name}" for name in sorted(fields_of(plain)))
    return _READ.format(
        plain=f"({condition.compile(dialect=DIALECT)})",
        asked=f" CROSS JOIN LATERAL (SELECT {columns}) asked",
        which=which,
    )


def _reach(offered: Iterable[tuple[str, str]]) -> list[str]:
    by_kind: dict[str, set[str]] = {}
    for kind, area in offered:
        by_kind.setdefault(kind, set()).add(area)
    return [f"{kind}{area}" for kind, areas in by_kind.items() for area in outermost(areas)]


def _opener(vault: Vault, entity: str, name: str) -> Open:
    """Return what opens a value of this field, whether the store has it sealed or not."""
    field = CATALOGUE[entity].fields[name]
    if not field.sealed or field.group is None:
        return lambda _row, value: value
    opened = vault.opener(CATALOGUE[entity].table, field.column, field.group).open
    parse = field.type.parse if isinstance(field.type, Scalar) else str
    return lambda row, value: None if value is None else parse(opened(row.bytes, value))


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    ids: list[UUID]
    kind: Ints
    urgency: Ints
    township: Ints
    waited: Ints
    columns: Mapping[str, Column]


def _batch(rows: Sequence[Any], opened: Mapping[str, Open], townships: dict[str, int], day: date) -> _Batch:
    place = [townships.setdefault((row["region"] or "")[:TOWNSHIP], len(townships)) for row in rows]
    waited = [max(0, (day - row["created_on"]).days) if row["created_on"] else 0 for row in rows]
    births = [row["birth_date"] and opened["birth_date"](row["person"], row["birth_date"]) for row in rows]
    sizes = [row["size"] and opened["size"](row["household"], row["size"]) for row in rows]
    incomes = [
        None
        if row["declared_monthly_income"] is None
        else opened["income"](row["household"], row["declared_monthly_income"])
        for row in rows
    ]
    sexes = [row["sex"] and opened["sex"](row["person"], row["sex"]) for row in rows]
    named = [frozenset(row["categories"] or ()) for row in rows]
    columns = {
        "age": column([None if birth is None else _age(birth, day) for birth in births], np.int32),
        "sex": column(sexes, np.int32, tuple(each.name for each in Sex)),
        # Nothing shows that somebody has no disability.
        "disability": column([True if "DISABILITY_SUBSIDY" in some else None for some in named], np.bool_),
        "income_per_person": column(
            [
                int(income * FEN // size) if income is not None and size else None
                for income, size in zip(incomes, sizes, strict=True)
            ],
            np.int64,
        ),
        "household_size": column(sizes, np.int32),
        "division": divisions([row["region"] for row in rows]),
    }
    for code in VOCABULARY["categories"].codes:
        known = (None if row["categories"] is None else code in some for row, some in zip(rows, named, strict=True))
        columns[category_column(code)] = column(list(known), np.bool_)
    return _Batch(
        [row["id"] for row in rows],
        _numbers([KINDS.index(row["kind"]) for row in rows]),
        _numbers([URGENCIES.index(row["urgency"]) if row["urgency"] else 0 for row in rows]),
        _numbers(place),
        _numbers(waited),
        columns,
    )


def _age(birth: date, day: date) -> int:
    """Full years: whoever was born on 29 February is a year older on 1 March."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _numbers(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int32)


def _joined(parts: Sequence[npt.NDArray[Any]]) -> Any:
    return np.concatenate(parts)


def _together(batches: Sequence[_Batch], townships: tuple[str, ...]) -> OpenNeeds:
    batches = batches or [_batch([], {}, {}, date.min)]
    columns = {
        name: Column(
            _joined([each.columns[name].values for each in batches]),
            _joined([each.columns[name].known for each in batches]),
            of.codes,
        )
        for name, of in batches[0].columns.items()
    }
    return OpenNeeds(
        tuple(need for each in batches for need in each.ids),
        _joined([each.kind for each in batches]),
        columns["division"].values.astype(np.int64),
        _joined([each.urgency for each in batches]),
        _joined([each.township for each in batches]),
        _joined([each.waited for each in batches]),
        townships,
        columns,
    )
