"""What a batch of source rows comes to: the rows to write, those to set aside, and the counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from hub.sync.seen import SeenRow
from hub.sync.tokens import SEPARATOR

if TYPE_CHECKING:
    from uuid import UUID

    from hub.sync.identify import KnownPerson
    from hub.sync.rules import Unfit
    from hub.sync.source_table import SourceTable, SourceValues
    from hub.sync.tokens import SourceTokens
    from hub.write import PlainRow, ProvenanceLine


@dataclass(slots=True)
class Counts:
    """What became of the rows read; ``vanished`` are rows of earlier runs that are gone."""

    read: int = 0
    loaded: int = 0
    unchanged: int = 0
    quarantined: int = 0
    not_concerned: int = 0
    vanished: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in Counts.__slots__))


class QuarantineEntry(NamedTuple):
    """A row for quarantine: its content's token, the rule, the reason, and the row as JSON.

    Not the exception itself: its traceback would keep everything of the batch until Python looks for cycles.
    """

    token: bytes
    rule: str
    reason: str
    text: str


@dataclass(slots=True)
class Batch:
    """Everything that one transaction writes.

    ``rows``: by entity and id. ``people``: those of them that the store has, as it has them. ``new_lines`` and
    ``known_lines``: provenance of source rows that no run, or an earlier one, has loaded. ``quarantine``: by token.
    ``seen``: with the fingerprint of what is loaded.
    """

    rows: dict[tuple[str, UUID], PlainRow] = field(default_factory=dict)
    people: dict[UUID, KnownPerson] = field(default_factory=dict)
    new_lines: list[ProvenanceLine] = field(default_factory=list)
    known_lines: list[ProvenanceLine] = field(default_factory=list)
    quarantine: dict[bytes, QuarantineEntry] = field(default_factory=dict)
    seen: dict[SeenRow, bytes | None] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def of(self, entity: str) -> list[PlainRow]:
        """The rows of one entity."""
        return [row for (name, _), row in self.rows.items() if name == entity]


def set_aside(
    table: SourceTable,
    batch: Batch,
    tokens: SourceTokens,
    unfit: Unfit,
    *,
    values: SourceValues | None = None,
    line: str | None = None,
    key: bytes | None = None,
) -> None:
    """Put a row into quarantine. It is known by its content, so that an unchanged bad row stays the same entry."""
    content: Any = {"line": line} if values is None else dict(zip(table.columns, values, strict=True))
    text = orjson.dumps(content, default=str).decode()
    token = tokens.content(SEPARATOR.join((table.source, table.ref.name, text)))
    batch.counts.quarantined += 1
    batch.quarantine[token] = QuarantineEntry(token, unfit.rule, unfit.reason, text)
    batch.seen[SeenRow(token, bad=True)] = None
    if key is not None:
        # The row is there, if bad: what an earlier run made of it has not vanished.
        batch.seen.setdefault(SeenRow(key, bad=False), None)
