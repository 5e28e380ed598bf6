"""What crypto refuses or fails at (HUB-50x), and the one request error that it finds (HUB-180).

A message may reach a client, so none carries a key id, a value or the place of a value. What an alarm needs
(table, column, row, stage) stands in attributes.
"""

from __future__ import annotations

from hub.errors import HubError


class DoesNotOpen(HubError):
    """A stored value was not opened. This is an alarm for the audit log, never a null.

    ``stage`` is the check that failed: ``length``, ``format``, ``suite``, ``key`` or ``tag``.
    """

    code = "HUB-500"

    def __init__(self, table: str, column: str, row_id: bytes, stage: str) -> None:
        super().__init__("A stored value did not open and is not shown. The hub's operator has been alarmed.")
        self.table = table
        self.column = column
        self.row_id = row_id
        self.stage = stage


class SealBroken(DoesNotOpen):
    """A value was changed, cut, or moved from another row, column or table."""

    code = "HUB-501"


class UnknownKey(DoesNotOpen):
    """A value names a data key that this protection group does not have."""

    code = "HUB-502"


class UnknownSuite(DoesNotOpen):
    """A value names a format or a cipher suite that this hub does not know."""

    code = "HUB-503"


class KeyringMissing(HubError):
    """The database has sealed values, but the keyring file is not there."""

    code = "HUB-504"


class KeyringUnsafe(HubError):
    """Others than the hub's own user could read or replace the keyring file."""

    code = "HUB-505"


class KeyringDamaged(HubError):
    """The keyring file cannot be read as a keyring."""

    code = "HUB-506"


class WrongKeyring(HubError):
    """The keyring file belongs to another database."""

    code = "HUB-507"


class DataKeyBroken(HubError):
    """A data key is missing, or its wrapping was changed."""

    code = "HUB-508"


class NotSealable(HubError):
    """A text is not valid Unicode, so it could not be opened again as it is."""

    code = "HUB-509"


class BadCursor(HubError):
    """A cursor was changed, or belongs to another viewer or another query."""

    code = "HUB-180"
    status = 400

    def __init__(self) -> None:
        super().__init__(
            "This cursor does not belong to this query. Take a cursor from an answer to the same query, "
            "asked by the same partner for the same purpose, or leave it out to start at the first page."
        )


class SigningKeyUnusable(HubError):
    """A key for signatures cannot be used as it is."""

    code = "HUB-511"


class SignatureRefused(HubError):
    """A document is not signed by a key that is trusted, or is not as it was signed."""

    code = "HUB-512"


class EnvelopeDamaged(HubError):
    """A text is no signed document."""

    code = "HUB-513"
