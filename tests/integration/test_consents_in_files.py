"""What civil affairs' file says of consents becomes records with their source, and no old line revives one."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from consenting import child_number
from hub import write
from hub.consents import ConsentSteps, consent_rules
from hub.consents.own import Dependents, end, keep
from syncing import ANNA, BORIS, VILLAGE, enrolment, household, member, register, shared_store, store

__all__ = ["shared_store", "store"]  # fixtures of another file

SHOWN = "SELECT consented @> current_date FROM need"
LATER = (datetime.now(UTC) + timedelta(days=2)).date()


def need(number="N1", id_no=ANNA, signed_on="2026-03-01", **changes):
    row = {
        "need_no": number, "id_no": id_no, "household_no": "H1", "kind": "食品", "description": None, "urgency": "一般",
        "region": VILLAGE, "consent_signed_on": signed_on, "status": "待对接", "created_on": "2026-03-01",
    }  # fmt: skip
    return tuple((row | changes).values())


@pytest.fixture
def civil(tmp_path):
    def make(*needs, **tables):
        tables.setdefault("household", [household()])
        tables.setdefault("member", [member("M1", ANNA)])
        return register(tmp_path / "civil.db", "civil-affairs", need=needs, **tables)

    return make


async def consents(store, purpose="CHARITY_MATCHING"):
    rows = await store.pool.fetch(
        "SELECT state, signed_on, end_reason FROM consent WHERE purpose = $1 ORDER BY signed_on, state_since", purpose
    )
    return [tuple(row) for row in rows]


async def withdrawn_in_the_hub(store):
    """Withdraw every consent, as the step of an officer leaves it."""
    people = [row[0] for row in await store.pool.fetch("SELECT DISTINCT person_id FROM consent")]
    await store.pool.execute(
        "UPDATE consent SET state = 'WITHDRAWN', end_reason = 'WITHDRAWN', ended_on = current_date"
    )
    async with store.pool.acquire() as connection, write.transaction(connection) as tx:
        await keep(tx, Dependents.of(store.vault), people=people)


async def test_a_line_becomes_a_record_with_its_source_and_its_trail_once(store, civil):
    await store.sync("civil-affairs", civil(need()))
    assert await consents(store) == [("IN_FORCE", date(2026, 3, 1), None)]
    assert await store.pool.fetchval(SHOWN) is True
    row = await store.pool.fetchrow("SELECT * FROM consent WHERE purpose = 'CHARITY_MATCHING'")
    assert (row["source"], row["signed_by"], row["scope"], row["ends_on"]) == ("civil-affairs", "SELF", "NEED", None)
    trail = await store.pool.fetchrow("SELECT source, source_table FROM provenance WHERE row_id = $1", row["id"])
    assert tuple(trail) == ("civil-affairs", "need")
    steps = await store.pool.fetch("SELECT step, partner FROM consent_step WHERE row_id = $1", row["id"])
    assert [tuple(step) for step in steps] == [("record", None)]
    await store.sync("civil-affairs", civil(need(), need("N2", signed_on=None)))
    assert len(await consents(store)) == 1
    assert sorted(await store.pool.fetch("SELECT consented @> current_date FROM need")) == [(False,), (True,)]


async def test_what_was_withdrawn_in_the_hub_is_not_revived_by_the_old_line(store, civil):
    await store.sync("civil-affairs", civil(need()))
    await withdrawn_in_the_hub(store)
    assert await store.pool.fetchval(SHOWN) is False
    await store.sync("civil-affairs", civil(need()))
    # Nor by the line with another description, nor by a day before the withdrawal.
    await store.sync("civil-affairs", civil(need(urgency="紧急", signed_on="2026-04-01")))
    assert [state for state, _, _ in await consents(store)] == ["WITHDRAWN"]
    assert await store.pool.fetchval(SHOWN) is False
    # Who signs anew, on a later day, consents anew.
    await store.sync("civil-affairs", civil(need(signed_on=LATER.isoformat())))
    assert await consents(store) == [
        ("WITHDRAWN", date(2026, 3, 1), "WITHDRAWN"), ("IN_FORCE", LATER, None)
    ]  # fmt: skip


async def test_a_file_that_says_it_no_more_ends_it_in_the_batch_that_says_so(store, civil, monkeypatch):
    await store.sync("civil-affairs", civil(need()))
    # What is made of statements at the end of a run has no part in it.
    monkeypatch.setattr("hub.sync.run.record_stated", lambda *_: _nothing())
    await store.sync("civil-affairs", civil(need(signed_on=None)))
    assert await consents(store) == [("ENDED", date(2026, 3, 1), "NOT_STATED")]
    assert await store.pool.fetchval(SHOWN) is False


async def _nothing():
    return 0


async def test_a_file_that_says_it_again_with_the_same_day_revives_nothing_and_a_corrected_day_counts(store, civil):
    for signed_on in ("2026-03-01", None, "2026-03-01"):
        await store.sync("civil-affairs", civil(need(signed_on=signed_on)))
    assert await consents(store) == [("ENDED", date(2026, 3, 1), "NOT_STATED")]
    await store.sync("civil-affairs", civil(need(signed_on="2026-03-05")))
    assert (await consents(store))[1] == ("IN_FORCE", date(2026, 3, 5), None)


@pytest.mark.parametrize(
    ("guardian", "state"), [(None, "DRAFT"), (BORIS, "IN_FORCE"), ("child", "DRAFT"), ("12", "DRAFT")]
)
async def test_a_child_s_consent_is_in_force_only_with_the_guardian_who_signed(store, civil, guardian, state):
    child = child_number()
    members = [member("M1", ANNA), member("M2", child, guardian_id_no=child if guardian == "child" else guardian)]
    await store.sync("civil-affairs", civil(need(id_no=child), member=members))
    assert [found for found, _, _ in await consents(store)] == [state]
    assert await store.pool.fetchval(SHOWN) is (state == "IN_FORCE")
    # A household may be checked only if the guardian has signed for the child too.
    assert await store.pool.fetchval("SELECT check_authorised @> current_date FROM household") is (state == "IN_FORCE")


async def test_the_end_of_assistance_ends_the_authorisation_and_no_consent_to_show_a_need(store, civil):
    await store.sync("civil-affairs", civil(need(), enrolment=[enrolment("E1", ANNA)]))
    assert await store.pool.fetchval("SELECT check_authorised @> current_date FROM household")
    await store.sync("civil-affairs", civil(need(), enrolment=[enrolment("E1", ANNA, status="已终止")]))
    assert await consents(store, "MEANS_CHECK") == [("ENDED", date(2026, 1, 1), "ASSISTANCE_ENDED")]
    assert not await store.pool.fetchval("SELECT check_authorised @> current_date FROM household")
    assert [state for state, _, _ in await consents(store)] == ["IN_FORCE"]


async def test_an_enrolment_that_is_struck_off_ends_it_too(store, civil):
    await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA), enrolment("E2", ANNA)]))
    await store.sync("civil-affairs", civil(enrolment=[enrolment("E1", ANNA)]), loss_share=None)
    assert [state for state, _, _ in await consents(store, "MEANS_CHECK")] == ["IN_FORCE"]
    await store.sync("civil-affairs", civil(enrolment=[]), loss_share=None)
    assert await consents(store, "MEANS_CHECK") == [("ENDED", date(2026, 1, 1), "ASSISTANCE_ENDED")]


async def test_a_consent_to_all_needs_covers_one_that_is_registered_later(store, civil):
    await store.sync("civil-affairs", civil(need()))
    await store.pool.execute("UPDATE consent SET need_id = NULL, source = NULL WHERE purpose = 'CHARITY_MATCHING'")
    await store.sync("civil-affairs", civil(need(), need("N2", signed_on=None)))
    assert [row[0] for row in await store.pool.fetch(SHOWN)] == [True, True]


async def test_two_that_end_at_once_leave_nothing_in_force(store, civil):
    """Each sees the other's consent in force until it has waited for the other's end."""
    await store.sync("civil-affairs", civil(need()))
    steps = ConsentSteps.of(store.vault, consent_rules)
    same = "person_id, version, purpose, scope, signed_by, signed_on, starts_on, state, state_since"
    await store.pool.execute(
        f"INSERT INTO consent (id, {same}) SELECT gen_random_uuid(), {same} FROM consent WHERE household_id IS NULL"
    )
    one, two = [
        row[0] for row in await store.pool.fetch("SELECT id FROM consent WHERE household_id IS NULL ORDER BY id")
    ]

    async def ended(connection, consent):
        async with write.transaction(connection) as tx:
            await end(tx, steps, [consent], "ASSISTANCE_ENDED")

    async with store.pool.acquire() as first, store.pool.acquire() as second:
        async with write.transaction(first) as tx:
            await end(tx, steps, [one], "ASSISTANCE_ENDED")
            waiting = asyncio.create_task(ended(second, two))
            async with asyncio.timeout(20):
                while not await store.pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110 - the database tells nobody that somebody waits
                    await asyncio.sleep(0.01)
        await waiting
    assert await store.pool.fetchval(SHOWN) is False
