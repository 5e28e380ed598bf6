"""The ids of rows that the hub makes."""

from __future__ import annotations

from uuid_utils.compat import uuid7 as new_id

__all__ = ["new_id"]
