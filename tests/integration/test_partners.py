"""Partners, tokens and keys in a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql

from hub.auth import TokenNotValid, authenticate, issue_token, token_hash
from hub.catalog.sensitivity import Group
from hub.crypto import Keyring, WrappedKey, missing_keys, open_vault
from hub.store import partners
from hub.store.agreements import GRANT_EPOCH, PARTNER_GRANT_EPOCH
from hub.store.keys import add_keys, locked_keys
from hub.store.ledger import DATA_KEY, KEYRING, MEMBER, METADATA, PARTNER, PARTNER_TOKEN
from hub.store.tables import TABLES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest_asyncio.fixture(scope="module")
async def pool(database_url):
    async with asyncpg.create_pool(database_url, min_size=1, max_size=4) as opened:
        needed = [KEYRING, DATA_KEY, PARTNER, MEMBER, PARTNER_TOKEN, GRANT_EPOCH, PARTNER_GRANT_EPOCH]
        for statement in statements([*needed, TABLES["SharingRequest"]]):
            await opened.execute(statement)
        await opened.execute("INSERT INTO grant_epoch VALUES (true, 1)")
        yield opened


def statements(tables):
    made = []
    engine = create_mock_engine(
        "postgresql://", lambda ddl, *_, **__: made.append(str(ddl.compile(dialect=postgresql.dialect())))
    )
    METADATA.create_all(engine, tables, checkfirst=False)
    return made


async def add(pool, name):
    return await partners.add_partner(
        pool,
        name=name,
        title="尖山区民政局",
        department="CIVIL_AFFAIRS",
        roles=["reviewer", "checker", "reviewer"],
        regions=["230502"],
        purposes=["assistance-review"],
        now=NOW,
    )


async def viewer(pool, text, now=NOW):
    async def lookup(wanted, _epoch):
        return await partners.find_by_token_hash(pool, wanted)

    return await authenticate(
        {"authorization": f"Bearer {text}", "hub-purpose": "assistance-review"}, lookup, now, {"assistance-review"}
    )


async def test_an_issued_token_opens_the_door_until_it_is_revoked(pool):
    partner = await add(pool, "civil-affairs")
    token = await issue_token(pool, "civil-affairs", NOW)
    found = await viewer(pool, token.text)
    assert (found.partner_id, found.roles) == (partner.id, ("checker", "reviewer"))
    revoked = await partners.revoke_token(pool, token.prefix, NOW)
    assert revoked.revoked_at == NOW
    with pytest.raises(TokenNotValid) as caught:
        await viewer(pool, token.text)
    assert caught.value.reason == "revoked"


async def test_a_second_revocation_keeps_the_date_of_the_first(pool):
    await add(pool, "twice")
    token = await issue_token(pool, "twice", NOW)
    await partners.revoke_token(pool, token.prefix, NOW)
    assert (await partners.revoke_token(pool, token.prefix, NOW + timedelta(days=1))).revoked_at == NOW


async def test_a_token_expires_by_itself(pool):
    await add(pool, "expiring")
    token = await issue_token(pool, "expiring", NOW, timedelta(days=1))
    with pytest.raises(TokenNotValid) as caught:
        await viewer(pool, token.text, NOW + timedelta(days=1))
    assert caught.value.reason == "expired"


async def test_the_database_holds_the_hash_of_a_token_and_nothing_that_opens(pool):
    await add(pool, "hashed")
    token = await issue_token(pool, "hashed", NOW)
    rows = await pool.fetch("SELECT * FROM partner_token WHERE hash = $1", token_hash(token.text))
    assert len(rows) == 1
    assert token.text not in repr(rows)
    assert not any(token.text[len(token.prefix) :] in str(value) for value in rows[0].values())


async def test_two_partners_cannot_have_one_name(pool):
    await add(pool, "unique")
    with pytest.raises(partners.PartnerExists, match="unique"):
        await add(pool, "unique")


async def test_a_token_for_nobody_is_refused(pool):
    with pytest.raises(partners.NoSuchPartner, match="nobody"):
        await issue_token(pool, "nobody", NOW)
    with pytest.raises(partners.NoSuchPartner):
        await partners.revoke_token(pool, "hub_00000000", NOW)
    with pytest.raises(partners.NoSuchPartner):
        await partners.revoke_partner(pool, "nobody", NOW)


async def test_all_tokens_of_a_partner_end_at_once(pool):
    await add(pool, "leaving")
    tokens = [await issue_token(pool, "leaving", NOW) for _ in range(2)]
    assert await partners.revoke_partner(pool, "leaving", NOW) == 2
    assert await partners.revoke_partner(pool, "leaving", NOW) == 0
    for token in tokens:
        with pytest.raises(TokenNotValid):
            await viewer(pool, token.text)


async def test_lists_name_partners_and_tokens(pool):
    await add(pool, "listed")
    token = await issue_token(pool, "listed", NOW)
    assert "listed" in [partner.name for partner in await partners.list_partners(pool)]
    row = next(row for row in await partners.list_tokens(pool) if row.partner == "listed")
    assert (row.prefix, row.expires_at, row.revoked_at) == (token.prefix, NOW + timedelta(days=90), None)


async def test_two_hubs_that_start_at_once_share_one_set_of_keys(pool):
    keyring = Keyring.generate()

    async def start():
        async with pool.acquire() as connection, locked_keys(connection) as stored:
            rows = [WrappedKey(*row) for row in stored.rows]
            new = await missing_keys(keyring, rows, NOW)
            await add_keys(
                connection,
                keyring.fingerprint,
                [(key.key_id, key.group, key.suite, key.wrapped, key.state, key.created_at) for key in new],
            )
            return await open_vault(keyring, [*rows, *new]), len(new)

    (_, first), (_, second) = await asyncio.gather(start(), start())
    assert sorted([first, second]) == [0, len(Group)]
    assert await pool.fetchval("SELECT fingerprint FROM keyring") == keyring.fingerprint


async def test_a_partner_of_an_earlier_version_gets_the_rights_of_this_one(pool):
    partner = await add(pool, "renewed")
    terms = {"department": "civil-affairs", "roles": ["b", "a", "b"], "regions": ["2305"], "purposes": ["audit"]}
    renewed = await partners.renew_partner(pool, "renewed", **terms)
    assert (renewed.id, renewed.roles, renewed.regions, renewed.purposes) == (
        partner.id, ("a", "b"), ("2305",), ("audit",),
    )  # fmt: skip
    with pytest.raises(partners.NoSuchPartner):
        await partners.renew_partner(pool, "nobody", **terms)
