"""The ground truth of the sample departments: what a perfect hub would make of every row.

One file, ``truth.ndjson``: a JSON array a line, its first member says what the line is. It is written while
the registers are made and never holds more than a batch in memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Final, Literal

import orjson

from hub.demo.dirt import ID_RULES, ROW_MALFORMED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Expect = Literal["load", "quarantine", "not_concerned"]

_NOT_READABLE: Final = ID_RULES | {ROW_MALFORMED}


@dataclass(frozen=True, slots=True)
class RowTruth:
    """What is true of one source row.

    ``person``: the ID number of the person it is about, None if it is about none. ``expect``: what the hub should do.
    ``rule``: the quarantine rule to expect. ``times``: how often the row stands in the source, unchanged.
    """

    person: str | None
    expect: Expect
    rule: str | None
    times: int

    @property
    def identifiable(self) -> bool:
        """Whether the row itself still says who it is about."""
        return self.person is not None and self.rule not in _NOT_READABLE


@dataclass(frozen=True, slots=True)
class HouseholdTruth:
    """What is true of one household.

    ``outcome``: of the means check to expect, None where the household has not authorised one. ``vehicles``,
    ``homes`` and ``monthly_income`` (in fen) are what the hub can find; ``hidden``: what the household really
    kept to itself, of ``vehicles``, ``homes``, ``income``.
    """

    outcome: str | None
    vehicles: int
    homes: int
    monthly_income: int
    hidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """Everything that must never leave the hub in plain form, in every spelling in which a register has it."""

    id_numbers: frozenset[str]
    names: frozenset[str]
    phones: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Truth:
    """The whole ground truth.

    ``counts``: "source.table" → what ("rows", "load", "quarantine", "not_concerned", "duplicate", a rule) → number.
    ``known_people``: ID numbers of the people that the hub should know: their member row can be loaded.
    """

    people: int
    seed: int
    known_people: frozenset[str]
    rows: Mapping[tuple[str, str, str], RowTruth]
    households: Mapping[str, HouseholdTruth]
    planted: Planted
    counts: Mapping[str, Mapping[str, int]]

    def person_of(self, source: str, table: str, key: str) -> str | None:
        """Return the true ID number behind a row, None if the row is about nobody. KeyError for an unknown row."""
        return self.rows[source, table, key].person

    def expected(self, expect: Expect, source: str, table: str) -> Iterator[tuple[str, RowTruth]]:
        """Yield key and truth of the rows of a table that should be treated so."""
        for (row_source, row_table, key), row in self.rows.items():
            if (row_source, row_table) == (source, table) and row.expect == expect:
                yield key, row


class Recorder:
    """Writes the truth, line by line, while the registers are made."""

    def __init__(self, stream: IO[bytes], people: int, seed: int) -> None:
        self._stream = stream
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._line("made", people, seed)

    def row(
        self,
        source: str,
        table: str,
        key: str,
        person: str | None,
        expect: Expect,
        rule: str | None = None,
        times: int = 1,
    ) -> None:
        """Say what is true of one source row."""
        counts = self._counts[f"{source}.{table}"]
        counts["rows"] += times
        counts["duplicate"] += times - 1
        counts[expect] += 1
        if rule is not None:
            counts[rule] += 1
        self._line("row", source, table, key, person, expect, rule, times)

    def household(self, number: str, truth: HouseholdTruth) -> None:
        """Say what is true of one household."""
        self._line("household", number, truth.outcome, truth.vehicles, truth.homes, truth.monthly_income, truth.hidden)

    def known(self, person: str) -> None:
        """Say that the hub should know this person."""
        self._line("known", person)

    def planted(self, ids: set[str], names: set[str], phones: set[str], addresses: set[str]) -> None:
        """Say which protected values have been written into registers, in which spellings."""
        self._line("planted", sorted(ids), sorted(names), sorted(phones), sorted(addresses))

    def close(self) -> None:
        """Write the counts; a file without them is incomplete."""
        self._line("counts", {table: dict(sorted(self._counts[table].items())) for table in sorted(self._counts)})

    def _line(self, *values: Any) -> None:
        self._stream.write(orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE))


def load(path: Path) -> Truth:
    """Read a truth file into memory. Raises ValueError if it is incomplete."""
    with path.open("rb") as stream:
        return read(stream, str(path))


def read(stream: IO[bytes], name: str) -> Truth:
    """Read the truth from an open file; ``name`` is for the error. Raises ValueError if it is incomplete."""
    rows: dict[tuple[str, str, str], RowTruth] = {}
    households: dict[str, HouseholdTruth] = {}
    known: set[str] = set()
    planted: tuple[set[str], set[str], set[str], set[str]] = (set(), set(), set(), set())
    counts: dict[str, dict[str, int]] | None = None
    people = seed = 0
    for line in stream:
        match orjson.loads(line):
            case ["row", source, table, key, *rest]:
                rows[source, table, key] = RowTruth(*rest)
            case ["household", number, outcome, vehicles, homes, income, hidden]:
                households[number] = HouseholdTruth(outcome, vehicles, homes, income, tuple(hidden))
            case ["known", person]:
                known.add(person)
            case ["planted", *kinds]:
                for found, values in zip(planted, kinds, strict=True):
                    found.update(values)
            case ["made", people, seed]:
                pass
            case ["counts", counts]:
                pass
    if counts is None:
        raise ValueError(f"{name} is incomplete: the sample departments were not made to the end")
    return Truth(
        people=people,
        seed=seed,
        known_people=frozenset(known),
        rows=rows,
        households=households,
        planted=Planted(*(frozenset(found) for found in planted)),
        counts=counts,
    )
