"""The shapes of the sample tables, and the batch of rows on its way into them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.demo import words

if TYPE_CHECKING:
    from random import Random

    from hub.demo.dirt import Dirt
    from hub.demo.people import SamplePerson
    from hub.demo.truth import Expect, Recorder

SampleRow = tuple[Any, ...]
_AS_OF: Final = datetime.combine(words.AS_OF, time(), UTC)


class CutShort(tuple[Any, ...]):
    """A row of which an export has lost the end; it holds all values, the file gets only the first ones."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SampleTable:
    """One table of one department. ``columns``: name → SQL type; ``file``: the part of an export it goes to."""

    source: str
    name: str
    columns: tuple[tuple[str, str], ...]
    file: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(name for name, _ in self.columns)


@dataclass(slots=True)
class SampleBatch:
    """Rows that are written but not yet in their registers, with the serial numbers and the truth about them."""

    rng: Random
    dirt: Dirt
    truth: Recorder
    rows: defaultdict[SampleTable, list[SampleRow]] = field(default_factory=lambda: defaultdict(list))
    serials: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def serial(self, table: str) -> int:
        """Return the next serial number of a table, from 1."""
        self.serials[table] += 1
        return self.serials[table]

    def put(
        self,
        table: SampleTable,
        row: SampleRow,
        *,
        key: str,
        person: str | None,
        expect: Expect,
        rule: str | None = None,
        repeatable: bool = True,
    ) -> None:
        """Put a row into its register, sometimes twice, and say what is true of it."""
        times = 2 if repeatable and self.dirt.strikes(table.name, "duplicate") else 1
        self.rows[table].extend([row] * times)
        self.truth.row(table.source, table.name, key, person, expect, rule, times)

    def saw(self, *, id_text: str | None = None, name: str | None = None, phone: str | None = None) -> None:
        """Remember a protected value as a register spells it, for the search for leaks."""
        if id_text is not None and len(id_text) >= 15:  # noqa: PLR2004 - shorter texts are no ID numbers any more
            self.ids.add(id_text.strip())
        if name:
            self.names.add(name)
        if phone:
            self.phones.add(phone)

    def plant(self, people: tuple[SamplePerson, ...], *addresses: str) -> None:
        """Write down what has been seen since the last call, and what is true of these people."""
        for person in people:
            self.ids.add(person.id_number)
            self.names.add(person.name)
            self.addresses.add(person.registered_address)
            if person.phone:
                self.phones.add(person.phone)
        self.addresses.update(addresses)
        self.truth.planted(self.ids, self.names, self.phones, self.addresses)
        for seen in (self.ids, self.names, self.phones, self.addresses):
            seen.clear()

    def moment(self) -> datetime:
        """Return some moment of the year before the day of the registers."""
        return _AS_OF - timedelta(seconds=int(self.rng.random() * 400 * 86400))
