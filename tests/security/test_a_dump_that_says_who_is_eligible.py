"""Somebody has the database without the keyring: runs of matching must not say who is eligible for what."""

from __future__ import annotations

import hashlib
import os

import pytest_asyncio

from hub.matching.nights.material import pack
from matching_store import opened

ORPHANS = {"op": "a_overlaps", "args": [{"property": "categories"}, ["ORPHAN"]]}


@pytest_asyncio.fixture
async def store(server, migrated_template, tmp_path):
    async for made in opened(server, migrated_template, tmp_path, f"dumped_{os.urandom(4).hex()}"):
        yield made


async def test_a_run_names_no_need_and_no_resource_in_plain(store):
    need = await store.need(categories=("ORPHAN",))
    other = await store.need()
    resource = await store.resource(ORPHANS)
    night = await store.run()
    assert night.run.placed == 1

    row = await store.runtime.pool.fetchrow("SELECT * FROM match_run")
    plain = {name: value for name, value in row.items() if name != "id"}
    for row_id in (need, other, resource):
        for form in (row_id.bytes, str(row_id).encode(), row_id.hex.encode()):
            for name, value in plain.items():
                assert form not in (value if isinstance(value, bytes) else str(value).encode()), name


async def test_who_is_eligible_in_a_small_night_is_not_found_out_by_trying_digests(store):
    await store.need(categories=("ORPHAN",))
    await store.resource(ORPHANS)
    night = await store.run()
    packed = pack(night.material)
    guesses = {bytes.fromhex(night.material.instance.digest()), hashlib.sha256(packed).digest()}

    row = await store.runtime.pool.fetchrow("SELECT * FROM match_run")
    assert not guesses & {value for value in row.values() if isinstance(value, bytes)}
