"""How sensitive a value is, how a data item may be shared, and which data key seals it."""

from __future__ import annotations

from enum import Enum, IntEnum


class Sensitivity(IntEnum):
    """The class of a field, in rising order.

    ``SENSITIVE`` fields must be sealed; ``PERSONAL`` text is sealed too.
    """

    PUBLIC = 0
    INTERNAL = 1
    PERSONAL = 2
    SENSITIVE = 3


class Share(Enum):
    """Share attribute of a data item (Regulation on Government Data Sharing, articles 14 and 15)."""

    UNCONDITIONAL = "无条件共享"
    CONDITIONAL = "有条件共享"
    NOT_SHARED = "不予共享"

    @property
    def strictness(self) -> int:
        """0 for what is shared without conditions; more for what is shared with more reserve."""
        return list(Share).index(self)


class Group(Enum):
    """Protection group: the fields that one data key seals. ``CREDENTIAL``: secrets of the hub's own, no field."""

    IDENTITY = "identity"
    CONTACT = "contact"
    FINANCE = "finance"
    HEALTH = "health"
    RECORD = "record"
    CREDENTIAL = "credential"
