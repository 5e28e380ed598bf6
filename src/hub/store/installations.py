"""Which bundles of policies were put in force, one after the other. The last one counts.

Each row has an authentication code over itself and the code of the row before: what somebody writes here who has the
database, but not the keyring, is not put in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP

from hub.store.tables import METADATA

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hub.store.audit import Connection, Mac

POLICY_INSTALLATION: Final = Table(
    "policy_installation",
    METADATA,
    Column("number", BigInteger(), primary_key=True, autoincrement=False),
    Column("version", Integer(), nullable=False),
    Column("digest", LargeBinary(), nullable=False),
    Column("envelope", LargeBinary(), nullable=False),
    Column("signer", Text()),
    Column("reason", Text()),
    Column("installed_at", TIMESTAMP(timezone=True), nullable=False),
    Column("installed_by", Text(), nullable=False),
    Column("mac", LargeBinary(), nullable=False),
    CheckConstraint("number >= 1", name="counted_from_one"),
    comment="Bundles of policies that were put in force; the last one is",
)
INSTALLATION: Final = "SELECT coalesce(max(number), 0) FROM policy_installation"
"""The number of the installation in force; 0 where there is none, and the directory's policies are."""
_LOCK: Final = 0x68756203
_NO_MAC: Final = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A bundle that was put in force.

    ``digest``: of its policies. ``envelope``: the document as it was signed. ``signer``: the id of the key that it was
    checked with; None where the hub asks for no signature. ``reason``: why it was rolled back to; None for a step
    forward. ``installed_by``: the operator's name on the machine.
    """

    number: int
    version: int
    digest: bytes
    envelope: bytes
    signer: str | None
    reason: str | None
    installed_at: datetime
    installed_by: str


async def locked(connection: Connection) -> None:
    """Let nobody else install until the transaction ends."""
    await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")


async def installations(connection: Connection, mac: Mac) -> Sequence[Installation | None]:
    """Return all of them in order; None in place of one that was not written by this hub, or of one that is gone."""
    found: list[Installation | None] = []
    before = _NO_MAC
    for row in await connection.fetch("SELECT * FROM policy_installation ORDER BY number"):
        columns = dict(row)
        own = columns.pop("mac")
        made = Installation(**columns)
        found += [None] * (made.number - 1 - len(found))
        found.append(made if own == mac(_sealed(made, before)) else None)
        before = own
    return found


async def append_installation(connection: Connection, made: Installation, mac: Mac) -> None:
    """Put it in force, from the commit of this transaction on; under ``locked``."""
    before = await connection.fetchval("SELECT mac FROM policy_installation ORDER BY number DESC LIMIT 1")
    await connection.execute(
        "INSERT INTO policy_installation VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        made.number, made.version, made.digest, made.envelope, made.signer, made.reason, made.installed_at,
        made.installed_by, mac(_sealed(made, before or _NO_MAC)),
    )  # fmt: skip


def _sealed(made: Installation, before: bytes) -> bytes:
    """All that a row says, in one canonical form, behind the code of the row before it."""
    return orjson.dumps([
        before.hex(), made.number, made.version, made.digest.hex(), made.envelope.hex(), made.signer, made.reason,
        made.installed_at, made.installed_by,
    ], option=orjson.OPT_UTC_Z)  # fmt: skip
