"""Every edge of every declared process is walked, and one that is not there is refused. Drawn from the declarations."""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from consenting import ADULT, TODAY, for_a_check, in_force
from hub import write
from hub.domain import CATALOGUE
from hub.policy import ALL_GRANTED, Principal
from hub.process.errors import StateConflict
from hub.process.plan import plan_own_step, plan_step
from hub.process.take import StepCall, Taken, take
from proposing import in_need, offered

PROCESSES = [entity for entity in CATALOGUE if entity.process is not None]
WORDS = "理由充分，附有依据和说明"
GIVEN = {
    "SharingRequest": {
        "provider": "CIVIL_AFFAIRS",
        "items": ["Recipient.category"],
        "purpose": "means-check",
        "regions": ["2305"],
        "starts_on": date.today(),  # noqa: DTZ011 - any day that is not over
        "ends_on": date.today() + timedelta(days=30),  # noqa: DTZ011
    },
    "Consent": {
        "purpose": "CHARITY_MATCHING",
        "scope": "NEED",
        "signed_by": "SELF",
        "region": "230502",
        "ends_on": date.today() + timedelta(days=30),  # noqa: DTZ011
    },
    "Correction": {"item": "Person.birthDate"},
    "Proposal": {"charity": "charity", "amount": 1, "delivered_on": TODAY},
    "HouseholdCheck": {"reason": "APPLICATION", "ask_department": "PUBLIC_SECURITY"},
    "HomeVisit": {"origin": "WATCH", "visitors": 2, "visited_on": TODAY},
    "DeathRecheck": {"until": TODAY},
    "Estimate": {"region": "2305", "standard": "900", "begins_on": TODAY},
}
"""What rules want to see that no type says, by entity."""
BEFORE = []
"""The last event of what the tests have set up."""
ACTORS = {
    "SharingRequest": {
        "requesting": ("social-security", "SOCIAL_SECURITY", "social-security"),
        "providing": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs"),
        "authority": ("data-authority", "DATA_AUTHORITY", "data-authority"),
    },
    "Consent": {"officer": ("civil-affairs", "civil-affairs", "civil-affairs")},
    "Correction": {
        "requesting": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs"),
        "providing": ("public-security", "PUBLIC_SECURITY", "data-provider"),
        "authority": ("data-authority", "DATA_AUTHORITY", "data-authority"),
    },
    "Proposal": {
        "giving": ("charity", "CHARITY", "charity"),
        "officer": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs"),
    },
    "HouseholdCheck": {
        "township": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs"),
        "centre": ("checking-centre", "CIVIL_AFFAIRS", "checking-centre"),
    },
    "HomeVisit": {"township": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs")},
    "DeathRecheck": {"township": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs")},
    "Estimate": {"requesting": ("civil-affairs", "CIVIL_AFFAIRS", "civil-affairs")},
}
"""A partner for each party: name, department, role."""


def value(field):
    if field.codes is not None:
        return next(iter(field.codes)).name
    kind = field.scalar
    return {"date": date.today(), "numeric": "1.00", "integer": 1, "boolean": True}.get(kind.storage, WORDS)  # noqa: DTZ011


def given(entity, step):
    known = GIVEN.get(entity.name, {})
    names = (*step.takes, *(name for name in step.may_take if name in known))
    return {name: known[name] if name in known else value(entity.fields[name]) for name in names}


@pytest_asyncio.fixture(scope="module", autouse=True)
async def somebody(acting):
    """The person whom consents are of, and whose birth date is public security's."""
    home = await in_need(acting, ADULT)
    person = GIVEN["Consent"]["person"] = home.people[ADULT]
    resource = await offered(acting)
    GIVEN["Proposal"] |= {"need": home.needs[ADULT], "resource": UUID(resource.partition(":")[2])}
    GIVEN["Correction"]["person"] = person
    await in_force(acting, for_a_check(home, ADULT))
    for name in ("HouseholdCheck", "HomeVisit", "DeathRecheck"):
        GIVEN[name]["household"] = home.household
    check = await acting.runtime.pool.fetchval(
        """INSERT INTO household_check (id, household_id, version, region, reason, state, state_since)
           VALUES (gen_random_uuid(), $1, 1, '230502', 'CHANGE', 'FINISHED', now()) RETURNING id""",
        home.household,
    )
    GIVEN["DeathRecheck"] |= {"person": person, "household_check": check, "followed_by": check}
    BEFORE.append(await acting.runtime.pool.fetchval("SELECT coalesce(max(seq), 0) FROM event"))
    await acting.runtime.pool.execute(
        """UPDATE person SET birth_date = '1980-01-01', field_origins = '{"birth_date": "public-security"}'
           WHERE id = $1""",
        person,
    )


def planned(runtime, entity, step):
    if step.automatic:
        return plan_own_step(entity, step, runtime.steps.tools), None
    name, department, role = ACTORS[entity.name][step.by]
    purposes = [
        purpose for purpose in sorted(runtime.engine.policies.purposes())
        if purpose in runtime.engine.policies.terms.purposes_of({role})
    ]  # fmt: skip
    for purpose in purposes:
        by = Principal(name, department, frozenset({role}), frozenset({"2305"}), purpose, ALL_GRANTED)
        decision = runtime.engine.policies.decide(by, "step", entity, step.name)
        if decision.policies and decision.where.__class__.__name__ != "Never":
            return plan_step(entity, step, by, runtime.steps.tools), by
    pytest.fail(f"{role} may take {step.name} for no purpose")


def ways(process):
    """The shortest way to each state: the steps that lead there."""
    found = {step.target: (step,) for step in process.beginning()}
    waiting = deque(found)
    while waiting:
        state = waiting.popleft()
        for step in process.leading_from(state):
            if step.target not in found:
                found[step.target] = (*found[state], step)
                waiting.append(step.target)
    return found


async def meanwhile(tx):
    """Something happens to every household: a report that is made again says something else."""
    await tx.connection.execute("UPDATE household SET declared_vehicles = declared_vehicles + 1")


async def walked(tx, runtime, entity, steps):
    row = None
    for step in steps:
        await meanwhile(tx)
        plan, by = planned(runtime, entity, step)
        done = await take(tx, plan, StepCall(row, given(entity, step), None, by))
        assert isinstance(done, Taken), done
        row = done.row_id
    return row


EDGES = [
    pytest.param(entity, state, step, id=f"{entity.name}-{state.name}-{step.name}")
    for entity in PROCESSES
    for state in entity.process.states
    for step in entity.process.steps.values()
    if not step.begins
]


@pytest.mark.parametrize(("entity", "state", "step"), EDGES)
async def test_a_step_leads_on_where_it_is_declared_and_nowhere_else(acting, entity, state, step):
    way = ways(entity.process)[state]
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        row = await walked(tx, acting.runtime, entity, way)
        await meanwhile(tx)
        plan, by = planned(acting.runtime, entity, step)
        done = await take(tx, plan, StepCall(row, given(entity, step), None, by))
        if state in step.sources:
            assert isinstance(done, Taken)
            found = await connection.fetchrow(f"SELECT state, version FROM {entity.table} WHERE id = $1", row)
            assert tuple(found) == (step.target.name, len(way) + 1)
            running = await connection.fetch(
                f"SELECT clock FROM {entity.table}_clock WHERE row_id = $1 AND ended_at IS NULL", row
            )
            assert {line["clock"] for line in running} == {
                clock.name for clock in entity.process.clocks.values()
                if step.target in clock.runs
                or (step.target in clock.pauses and any(one.target in clock.runs for one in (*way, step)))
            }  # fmt: skip
        else:
            assert isinstance(done, StateConflict)
            assert done.state == state.name
        tx.abandon()


@pytest.mark.parametrize("entity", PROCESSES, ids=lambda entity: entity.name)
def test_every_state_is_on_some_way(entity):
    assert ways(entity.process).keys() == set(entity.process.states)


async def test_a_step_that_was_given_up_has_left_nothing(acting):
    assert await acting.runtime.pool.fetchval("SELECT count(*) FROM sharing_request") == 0
    assert (
        await acting.runtime.pool.fetchval(
            "SELECT count(*) FROM event WHERE at > $1 AND seq > $2", datetime.now(UTC) - timedelta(hours=1), BEFORE[0]
        )
        == 0
    )
