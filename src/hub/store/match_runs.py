"""Nights of matching that were run: what each came to, and sealed, what proves it.

What a night was given says who is eligible for what, and so what people's circumstances are: it is sealed as a whole,
and kept for a limited time. The numbers beside it are an authority's own, and name nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import BigInteger, Column, Date, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP, UUID

from hub.store.tables import METADATA

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from hub.store.audit import Connection, Mac

MATCH_RUN: Final = Table(
    "match_run",
    METADATA,
    Column("id", UUID(), primary_key=True),
    Column("day", Date(), nullable=False),
    Column("started_at", TIMESTAMP(timezone=True), nullable=False),
    Column("finished_at", TIMESTAMP(timezone=True), nullable=False),
    Column("run_by", Text(), nullable=False),
    Column("needs", Integer(), nullable=False),
    Column("eligible", Integer(), nullable=False),
    Column("resources", Integer(), nullable=False),
    Column("pairs", BigInteger(), nullable=False),
    Column("placed", Integer(), nullable=False),
    Column("proposed", Integer(), nullable=False),
    Column("value", BigInteger(), nullable=False),
    Column("bound", BigInteger(), nullable=False),
    Column("digest", LargeBinary(), nullable=False),
    Column("parameters_version", Integer(), nullable=False),
    Column("parameters_digest", LargeBinary(), nullable=False),
    Column("material_digest", LargeBinary(), nullable=False),
    Column("mac", LargeBinary(), nullable=False),
    Column("material", LargeBinary()),
    comment="Nights of matching that were run, and sealed, what proves each",
)
Index(None, MATCH_RUN.c.started_at)
LABEL: Final = "match run"
"""Of the authentication code."""
LOCK: Final = 0x6875620A
"""Advisory lock: one run of matching at a time."""
_UNSENT: Final = """
SELECT r.id FROM match_run r LEFT JOIN match_prices p ON p.run_id = r.id
WHERE r.day = $1 AND r.run_by = $2 AND r.proposed > 0
  AND NOT EXISTS (SELECT FROM match_run x WHERE x.started_at > r.started_at)
  AND CASE WHEN p.run_id IS NULL THEN NOT EXISTS (SELECT FROM proposal o WHERE o.run = r.id::text)
    ELSE p.in_force_at IS NULL END
"""
_COLUMNS: Final = tuple(each.name for each in MATCH_RUN.columns if each.name not in {"mac", "material"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRun:
    """One night. ``day``: in Beijing. ``run_by``: operator's name on the machine, or ``hub`` for the schedule.

    ``needs``: open and consented; ``eligible``: with a pair at least; ``placed``: that got a unit; ``proposed``: of
    these, as many as the limits let go out. ``value``, ``bound``: of the proof. ``digest``: of the input, keyed;
    ``material_digest``: of what is sealed, keyed. ``parameters_digest``: SHA-256 of the file.
    """

    id: uuid.UUID
    day: date
    started_at: datetime
    finished_at: datetime
    run_by: str
    needs: int
    eligible: int
    resources: int
    pairs: int
    placed: int
    proposed: int
    value: int
    bound: int
    digest: bytes
    parameters_version: int
    parameters_digest: bytes
    material_digest: bytes

    @property
    def gap(self) -> int:
        """How much better another assignment could be at most."""
        return self.bound - self.value


async def append_run(connection: Connection, made: MatchRun, material: bytes, mac: Mac) -> None:
    """Note a night with what proves it, sealed."""
    values = [getattr(made, name) for name in _COLUMNS]
    names = ", ".join((*_COLUMNS, "mac", "material"))
    places = ", ".join(f"${place}" for place in range(1, len(values) + 3))
    await connection.execute(
        f"INSERT INTO match_run ({names}) VALUES ({places})", *values, mac(_canonical(made)), material
    )


async def runs(connection: Connection, *, most: int) -> Sequence[MatchRun]:
    """Return the last nights, newest first."""
    found = await connection.fetch(
        f"SELECT {', '.join(_COLUMNS)} FROM match_run ORDER BY started_at DESC LIMIT $1", most
    )
    return [MatchRun(**dict(row)) for row in found]


async def run_on(connection: Connection, day: date, by: str) -> bool:
    """Whether somebody ran a night on this day."""
    found = "SELECT EXISTS (SELECT FROM match_run WHERE day = $1 AND run_by = $2)"
    return bool(await connection.fetchval(found, day, by))


async def unsent(connection: Connection, day: date, by: str) -> uuid.UUID | None:
    """Return a night of this day of which something is to go out and has not all gone out; None where there is none.

    One that another night came after is over. Where nights have prices, they are in force once all has gone out;
    where they have none, whatever has gone out is taken for all.
    """
    found: uuid.UUID | None = await connection.fetchval(_UNSENT, day, by)
    return found


async def other_of_version(connection: Connection, version: int, digest: bytes) -> bool:
    """Whether a night was run by other parameters of the same version. ``digest``: SHA-256 of the file."""
    found = "SELECT EXISTS (SELECT FROM match_run WHERE parameters_version = $1 AND parameters_digest <> $2)"
    return bool(await connection.fetchval(found, version, digest))


async def run_named(connection: Connection, beginning: str) -> Sequence[uuid.UUID]:
    """Return the runs, at most two, whose ids begin like this."""
    pattern = f"{beginning}%"
    found = await connection.fetch("SELECT id FROM match_run WHERE id::text LIKE $1 ORDER BY id LIMIT 2", pattern)
    return [row[0] for row in found]


async def run_with_material(connection: Connection, run: uuid.UUID, mac: Mac) -> tuple[MatchRun, bytes | None, bool]:
    """Return a night, what proves it (None where it is not kept any more), and whether this hub wrote the numbers."""
    row: Any = await connection.fetchrow("SELECT * FROM match_run WHERE id = $1", run)
    made = MatchRun(**{name: row[name] for name in _COLUMNS})
    return made, row["material"], row["mac"] == mac(_canonical(made))


async def forget_material(connection: Connection, before: datetime) -> int:
    """Remove what proves nights older than this; return how many."""
    done = await connection.execute(
        "UPDATE match_run SET material = NULL WHERE started_at < $1 AND material IS NOT NULL", before
    )
    return int(done.split()[-1])


def _canonical(made: MatchRun) -> bytes:
    values = [getattr(made, name) for name in _COLUMNS]
    values[0] = str(made.id)  # the driver's own type of UUID is none of JSON's
    return orjson.dumps(
        [value.hex() if isinstance(value, bytes) else value for value in values], option=orjson.OPT_UTC_Z
    )
