"""The ids of rows that the hub makes: random, so that they tell neither order nor number.

An id with time or a counter in it says which row came first, and how many lie between two that one sees. Random ids
cost the locality of an index whose newest entries stand together; what that comes to stands in the benchmarks' README.
"""

from __future__ import annotations

from uuid import uuid4 as new_id

__all__ = ["new_id"]
