"""Attack: take more units of a resource than there are, or one need twice, by asking at the same moment."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from consenting import TODAY
from granting import put_in_force
from hub.auth import issue_token
from hub.store.partners import add_partner
from proposing import changed, in_need, numbers, offered, proposed, state, step, taken

__all__ = ["numbers"]  # a fixture of another file

AT_ONCE, UNITS = int(os.environ.get("AT_ONCE", "40")), 7
"""Offers at the same moment; AT_ONCE=200 scripts/test tests/security/… takes more."""
MINE = "{ proposals(first: 100) { nodes { id } } }"


@pytest_asyncio.fixture(autouse=True)
async def agreed(acting):
    await put_in_force(acting.runtime.pool, "charity", "charity-matching")


def won(payloads):
    """Those that succeeded; the others were refused, and none failed."""
    assert all((payload["proposal"] is None) == bool(payload["errors"]) for payload in payloads)
    assert {error["__typename"] for payload in payloads for error in payload["errors"]} <= {"StepRefused"}
    return [payload["proposal"]["id"] for payload in payloads if payload["proposal"] is not None]


async def test_as_many_offers_succeed_as_there_are_units(acting, numbers):
    people, resource = [numbers() for _ in range(AT_ONCE)], await offered(acting, units=UNITS)
    home = await in_need(acting, *people)

    async def all_at_once(some):
        given = [{"need": home.need(number), "resource": resource} for number in some]
        return won(await asyncio.gather(*(step(acting, "offer", each) for each in given)))

    first = await all_at_once(people)
    assert len(first) == UNITS
    # Given back at the same moment, each once: as many are there again, and no more.
    back = [{"id": row, "declineReason": "NO_CAPACITY"} for row in first]
    assert len(won(await asyncio.gather(*(step(acting, "decline", each) for each in back)))) == UNITS
    assert len(await all_at_once(people)) == UNITS


async def test_where_less_is_left_than_was_proposed_as_many_are_accepted_as_there_are_units(acting, numbers):
    people, resource = [numbers() for _ in range(AT_ONCE)], await offered(acting, units=AT_ONCE)
    home = await in_need(acting, *people)
    rows = [await proposed(acting, home.need(number), resource) for number in people]
    await changed(acting, "CharityResource", resource, capacity_available=UNITS)
    accepted = won(await asyncio.gather(*(step(acting, "accept", {"id": row}) for row in rows)))
    assert len(accepted) == UNITS
    assert [await state(acting, row) for row in rows].count("ACCEPTED") == UNITS


async def test_two_who_take_one_need_at_once_do_not_both_get_it(acting, numbers):
    number, resources = numbers(), [await offered(acting) for _ in range(10)]
    home = await in_need(acting, number)
    given = [{"need": home.need(number), "resource": resource} for resource in resources]
    [only] = won(await asyncio.gather(*(step(acting, "offer", each) for each in given)))
    assert await state(acting, only) == "OFFERED"


async def test_one_proposal_that_is_declined_twice_at_once_gives_back_one_unit(acting, numbers):
    people, resource = [numbers() for _ in range(3)], await offered(acting, units=1)
    home = await in_need(acting, *people)
    row = await proposed(acting, home.need(people[0]), resource)
    given = {"id": row, "declineReason": "NO_CAPACITY"}
    payloads = await asyncio.gather(*(step(acting, "decline", given) for _ in range(10)))
    assert [payload["errors"] for payload in payloads].count([]) == 1
    await taken(acting, "offer", {"need": home.need(people[1]), "resource": resource})
    assert (await step(acting, "offer", {"need": home.need(people[2]), "resource": resource}))["errors"]


async def test_two_charities_that_take_one_need_at_once_do_not_both_get_it(acting, numbers):
    number, runtime = numbers(), acting.runtime
    name = f"charity-{number}"
    await add_partner(
        runtime.pool, name=name, title=name, department="charity", roles=["charity"], regions=["2305"],
        purposes=["charity-matching"], now=datetime.now(UTC),
    )  # fmt: skip
    await put_in_force(runtime.pool, name, "charity-matching")
    both = replace(
        acting, tokens={**acting.tokens, name: (await issue_token(runtime.pool, name, datetime.now(UTC))).text}
    )
    home = await in_need(acting, number)
    given = [(who, await offered(acting, partner=who)) for who in ["charity", name] * 5]
    payloads = await asyncio.gather(
        *(
            step(both, "offer", {"need": home.need(number), "resource": resource}, partner=who)
            for who, resource in given
        )
    )
    [row] = won(payloads)
    assert {error["message"] for each in payloads for error in each["errors"]} == {
        "Nothing can be proposed for this need at present."
    }
    # Neither sees that the other has it.
    seen = [(await both.ask(who, MINE, purpose="charity-matching"))["proposals"]["nodes"] for who in ("charity", name)]
    assert [row in {node["id"] for node in nodes} for nodes in seen].count(True) == 1


@pytest.mark.parametrize("days", [{"valid_until": -1}, {"valid_from": 1}, {"valid_from": -1}])
async def test_what_ended_or_began_another_period_while_it_was_held_is_not_accepted(acting, numbers, days):
    number, resource = numbers(), await offered(acting, units=1)
    home = await in_need(acting, number)
    row = await proposed(acting, home.need(number), resource)
    values = {name: TODAY + timedelta(days=some) for name, some in days.items()}
    await changed(acting, "CharityResource", resource, **values)
    [error] = (await step(acting, "accept", {"id": row}))["errors"]
    assert "today is" in error["message"] or "another period" in error["message"]
    assert await state(acting, row) == "PROPOSED"
    # Given back, the unit is there for the period that has begun, and once.
    await taken(acting, "decline", {"id": row, "declineReason": "NO_CAPACITY"})
    await changed(acting, "CharityResource", resource, valid_from=None, valid_until=None)
    people = [numbers() for _ in range(3)]
    others = await in_need(acting, *people)
    given = [{"need": others.need(each), "resource": resource} for each in people]
    assert len(won(await asyncio.gather(*(step(acting, "offer", each) for each in given)))) == 1
