"""Attack, or bad luck: consent is withdrawn while a charity accepts or delivers, or while something is proposed."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

import consenting
from consenting import for_charities
from consenting import step as with_consent
from granting import put_in_force
from hub.consents import own
from hub.proposals import contacts
from proposing import in_need, numbers, offered, proposed, step, taken

__all__ = ["numbers"]  # a fixture of another file

TOLD = "query($id: ID!) { node(id: $id) { ... on Proposal { state contactName contactPhone disposeBy } } }"
SECOND = """
INSERT INTO need (id, person_id, kind, region, status, consented)
SELECT $1, person_id, kind, region, status, consented FROM need WHERE id = $2
"""


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")


@pytest.fixture
def held(monkeypatch):
    """Have a function of a module wait: gives what waits until it is there, and what lets it go on."""

    def hold(module, name, *, after):
        real, there, go = getattr(module, name), asyncio.Event(), asyncio.Event()

        async def slow(*given):
            if after:
                await real(*given)
            there.set()
            await go.wait()
            if not after:
                await real(*given)

        monkeypatch.setattr(module, name, slow)
        return there, go

    return hold


async def consent_of(acting, home, number, scope):
    find = "SELECT id FROM consent WHERE person_id = $1 AND scope = $2 AND state = 'IN_FORCE'"
    return f"Consent:{await acting.runtime.pool.fetchval(find, home.people[number], scope)}"


async def test_identity_that_is_withdrawn_while_a_charity_accepts_is_told_no_longer(acting, numbers, held):
    number = numbers()
    home = await in_need(acting, number, scope="NEED")
    await consenting.in_force(acting, for_charities(home, number, scope="NEED_AND_IDENTITY"))
    row = await proposed(acting, home.need(number), await offered(acting))
    there, go = held(contacts, "open_to_charity", after=True)
    accepting = asyncio.create_task(taken(acting, "accept", {"id": row}))
    await there.wait()
    consent = await consent_of(acting, home, number, "NEED_AND_IDENTITY")
    withdrawing = asyncio.create_task(with_consent(acting, "withdraw", {"id": consent}))
    await asyncio.sleep(0.5)
    assert not withdrawing.done()  # it waits for what it has to undo
    go.set()
    await accepting
    assert (await withdrawing)["errors"] == []
    told = (await acting.ask("charity", TOLD, {"id": row}))["node"]
    assert (told["state"], told["contactName"], told["contactPhone"]) == ("ACCEPTED", None, None)
    assert told["disposeBy"] is not None


async def test_what_is_delivered_while_consent_is_withdrawn_stays_delivered_and_names_nobody(acting, numbers):
    number = numbers()
    home = await in_need(acting, number)
    row = await proposed(acting, home.need(number), await offered(acting))
    await taken(acting, "accept", {"id": row})
    consent = await consent_of(acting, home, number, "NEED_AND_IDENTITY")
    deliver = "UPDATE proposal SET state = 'DELIVERED', version = version + 1, amount = 1 WHERE id = $1"
    async with acting.runtime.pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute(deliver, UUID(row[9:]))
            withdrawing = asyncio.create_task(with_consent(acting, "withdraw", {"id": consent}))
            await asyncio.sleep(0.5)
            assert not withdrawing.done()
        assert (await withdrawing)["errors"] == []
    told = (await acting.ask("charity", TOLD, {"id": row}))["node"]
    assert (told["state"], told["contactName"]) == ("DELIVERED", None)
    assert told["disposeBy"] is not None


async def test_a_proposal_an_acceptance_and_a_withdrawal_do_not_wait_for_each_other(acting, numbers, held):
    """Of one person with two needs, and of one resource: the order of locks is the same for all three."""
    number, second = numbers(), uuid4()
    home = await in_need(acting, number)
    await acting.runtime.pool.execute(SECOND, second, home.needs[number])
    resource = await offered(acting, units=5)
    row = await proposed(acting, home.need(number), resource)
    consent = await consent_of(acting, home, number, "NEED_AND_IDENTITY")
    there, go = held(own, "keep_proposals", after=False)
    withdrawing = asyncio.create_task(with_consent(acting, "withdraw", {"id": consent}))
    await there.wait()
    proposing = asyncio.create_task(proposed(acting, f"Need:{second}", resource))
    await asyncio.sleep(0.3)
    accepting = asyncio.create_task(step(acting, "accept", {"id": row}))
    await asyncio.sleep(0.3)
    go.set()
    assert (await withdrawing)["errors"] == []
    with pytest.raises(AssertionError, match="consent does not cover today"):
        await proposing
    assert [error["__typename"] for error in (await accepting)["errors"]] == ["StateConflict"]


@pytest.mark.parametrize("how", ["decline", "fail"])
async def test_whoever_was_told_who_it_is_disposes_of_it_once_it_is_over(acting, numbers, how):
    number = numbers()
    home = await in_need(acting, number)
    row = await proposed(acting, home.need(number), await offered(acting))
    assert (await taken(acting, "accept", {"id": row}, "contactName disposeBy"))["disposeBy"] is None
    reason = {"declineReason": "NOT_SUITABLE"} if how == "decline" else {"unmetReason": "NOT_DELIVERED"}
    await taken(acting, how, {"id": row, **reason})
    assert (await acting.ask("charity", TOLD, {"id": row}))["node"]["disposeBy"] is not None
    # Who was never told has nothing to dispose of.
    other = numbers()
    home = await in_need(acting, other)
    row = await proposed(acting, home.need(other), await offered(acting))
    await taken(acting, "decline", {"id": row, "declineReason": "NOT_SUITABLE"})
    assert (await acting.ask("charity", TOLD, {"id": row}))["node"]["disposeBy"] is None
