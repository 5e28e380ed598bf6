"""The one way to write: values in plain → sealed and indexed by declaration → rows, provenance and events, at once.

Nothing else in the hub changes an entity's table. ``seal_rows`` and ``load`` write many rows, ``add`` and ``change``
one row with its event, ``delete`` removes rows. All of them need a ``transaction``.
"""

from hub.write.change import VersionConflict, add, change, complete
from hub.write.connection import DatabaseConnection
from hub.write.consented import NeedShown, keep_consented
from hub.write.contacts import forget_contacts, forget_reasons, keep_contact
from hub.write.events import CHANNEL, NewEvent
from hub.write.ids import new_id
from hub.write.provenance import ClaimChanges, ProvenanceLine, claim_id, claim_row, write_claims, write_provenance
from hub.write.retention import Retention, prune
from hub.write.rows import Mode, PlainRow, SealedRows, delete, load, seal_rows
from hub.write.transaction import Transaction, transaction
from hub.write.unsealed import seal_claims, seal_waiting
from hub.write.writable import UNSEALED, WritableEntity, writable

__all__ = [
    "CHANNEL",
    "UNSEALED",
    "ClaimChanges",
    "DatabaseConnection",
    "Mode",
    "NeedShown",
    "NewEvent",
    "PlainRow",
    "ProvenanceLine",
    "Retention",
    "SealedRows",
    "Transaction",
    "VersionConflict",
    "WritableEntity",
    "add",
    "change",
    "claim_id",
    "claim_row",
    "complete",
    "delete",
    "forget_contacts",
    "forget_reasons",
    "keep_consented",
    "keep_contact",
    "load",
    "new_id",
    "prune",
    "seal_claims",
    "seal_rows",
    "seal_waiting",
    "transaction",
    "writable",
    "write_claims",
    "write_provenance",
]  # fmt: skip
