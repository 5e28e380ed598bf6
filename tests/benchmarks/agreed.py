"""Agreements for measurements, written as their steps would leave them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg

from hub.domain import CATALOGUE

PROVIDERS = ("CIVIL_AFFAIRS", "PUBLIC_SECURITY", "SOCIAL_SECURITY", "REAL_ESTATE")
IN_FORCE = (
    "INSERT INTO sharing_request (id, version, requester, provider, items, purpose, regions, method, basis,"
    " scenario, starts_on, ends_on, state, state_since)"
    " VALUES ($1, 3, $2, $3, $4::text::jsonb, $5, $6::text::jsonb, 'QUERY', '', '', $7, $8, 'ACTIVE', $9)"
)
"""id, requester, provider, items, purpose, regions, first and last day, and since when."""


async def put_in_force(url: str, requester: str, purpose: str, count: int, own: int) -> None:
    """Agree on everything: with each provider for the city first, then for a village each.

    ``own``: how many of them are the requester's; the others are those of a thousand partners.
    """
    now = datetime.now(UTC)
    first, last = now.date() - timedelta(days=1), now.date() + timedelta(days=365)
    items = json.dumps([f"{entity.name}.{name}" for entity in CATALOGUE for name in entity.members])
    rows = []
    for number in range(count):
        region = "2305" if number < len(PROVIDERS) else f"2305020010{number % 90 + 10}"
        provider = PROVIDERS[number % len(PROVIDERS)]
        asking = requester if number < own else f"partner-{number % 1_000}"
        rows.append((
            uuid4(), asking, provider, items, purpose, json.dumps([region]), first,
            last + timedelta(days=number % 500), now,
        ))  # fmt: skip
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany(IN_FORCE, rows)
        await connection.execute("ANALYZE sharing_request")
    finally:
        await connection.close()
