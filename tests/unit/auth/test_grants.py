"""What agreements grant is said in few grants, and read again when the partner's own agreements changed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import orjson

from hub.auth import cached_grants, grants
from hub.policy import Grant
from hub.store.agreements import Agreed

TODAY = date(2026, 3, 1)


def row(*items, regions=("2305",), provider="CIVIL_AFFAIRS", standing="active"):
    return Agreed(provider, orjson.dumps(items).decode(), orjson.dumps(regions).decode(), standing)


def grant(*items, regions=("2305",), provider="CIVIL_AFFAIRS", standing="active"):
    return Grant(frozenset(items), provider, frozenset(regions), standing)


def test_an_agreement_grants_its_items_its_providers_rows_and_its_divisions():
    assert grants([row("A.x", "A.y", regions=("230502", "230503"))]) == {
        grant("A.x", "A.y", regions=("230502", "230503"))
    }


def test_the_same_rights_are_the_same_grants_however_they_were_agreed_on():
    once = grants([row("A.x", "A.y", regions=("230502", "230503"))])
    assert grants([row("A.x", regions=("230503", "230502")), row("A.y", regions=("230502", "230503"))]) == once
    apart = [row("A.x", "A.y", regions=(region,)) for region in ("230502", "230503")]
    assert grants(apart) == once
    assert grants([*apart, row("A.x", regions=("230503001",))]) == once  # lies within what it has already


def test_an_item_has_the_divisions_of_all_agreements_that_are_in_force_on_it():
    assert grants([row("A.x", "A.y", regions=("230502",)), row("A.y", regions=("230503",))]) == {
        grant("A.x", regions=("230502",)), grant("A.y", regions=("230502", "230503")),
    }  # fmt: skip


def test_one_departments_agreement_is_not_another_ones():
    assert grants([row("A.x"), row("A.x", provider="REAL_ESTATE", regions=("230503",))]) == {
        grant("A.x"), grant("A.x", provider="REAL_ESTATE", regions=("230503",)),
    }  # fmt: skip


def test_what_is_suspended_or_over_is_named_as_such_and_has_no_divisions():
    assert grants([row("A.x", standing="suspended"), row("A.y", standing="ended"), row("A.z", standing="ended")]) == {
        grant("A.x", regions=(), standing="suspended"), grant("A.y", "A.z", regions=(), standing="ended"),
    }  # fmt: skip


@dataclass(frozen=True)
class Asker:
    """As much of a viewer as matters here."""

    granted_at: int
    name: str = "social-security"
    purpose: str = "means-check"


class Store:
    def __init__(self):
        self.rows, self.asked = [row("A.x")], []

    async def read(self, name, purpose, today):
        self.asked.append((name, purpose, today))
        found = list(self.rows)
        await asyncio.sleep(0)
        return found


async def test_agreements_are_read_again_when_they_changed_or_the_day_did():
    store = Store()
    granted_to = cached_grants(store.read)
    first = await granted_to(Asker(1), TODAY)
    assert await granted_to(Asker(1), TODAY) is first
    store.rows = [row("A.y")]
    assert await granted_to(Asker(2), TODAY) == {grant("A.y")}
    assert len(store.asked) == 2
    await granted_to(Asker(2), TODAY + timedelta(days=1))
    await granted_to(Asker(2, purpose="statistics"), TODAY + timedelta(days=1))
    await granted_to(Asker(2, name="another"), TODAY + timedelta(days=1))
    assert len(store.asked) == 5


async def test_who_asks_while_they_are_read_waits_for_that():
    store = Store()
    granted_to = cached_grants(store.read)
    found = await asyncio.gather(*(granted_to(Asker(1), TODAY) for _ in range(20)))
    assert len(store.asked) == 1
    assert all(each is found[0] for each in found)


async def test_what_was_read_before_a_change_is_not_given_to_who_knows_of_the_change():
    store = Store()
    granted_to = cached_grants(store.read)
    before = asyncio.create_task(granted_to(Asker(1), TODAY))
    await asyncio.sleep(0)  # it has read what is there now
    store.rows = [row("A.x", standing="suspended")]
    after = await granted_to(Asker(2), TODAY)
    assert await before == {grant("A.x")}
    assert after == {grant("A.x", regions=(), standing="suspended")}
    assert await granted_to(Asker(2), TODAY) == after
