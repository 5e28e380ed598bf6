"""A new process is one declaration and its rules: everything else follows, down to the table and the mutation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import MetaData
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from hub import write
from hub.catalog import (
    CLOCK,
    Date,
    Escalate,
    Sensitivity,
    Share,
    StateList,
    Take,
    Text,
    build,
    clock,
    days,
    entity,
    field,
    party,
    step,
    working_days,
)
from hub.catalog.declare import DECLARED
from hub.domain import CATALOGUE
from hub.graph import build_schema
from hub.policy import ALL_GRANTED, Principal, bundle
from hub.process.errors import RuleRefuses, StepRefused
from hub.process.plan import StepTools, plan_step
from hub.process.rules import Rules, check_rules
from hub.process.sweep import sweep
from hub.process.take import StepCall, Taken, take
from hub.store.tables import METADATA, derive
from hub.write import writable

INTERNAL = Sensitivity.INTERNAL


class VisitState(StateList):
    """Where a home visit stands."""

    PLANNED = "已安排", "Planned"
    VISITED = "已入户", "Visited"
    MISSED = "未入户", "Missed"


S = VisitState


@entity(
    zh="入户走访", en="A trial visit", provider="测试", frequency="-", share=Share.CONDITIONAL, conditions="-",
    root="trialVisits", sourced=False, states=VisitState, final=(S.VISITED, S.MISSED),
)  # fmt: skip
class TrialVisit:
    """Two officers visit a household."""

    officer = field(Text, INTERNAL, nullable=False, policy=True, zh="走访人", en="Officer, by partner")
    second_officer = field(Text, INTERNAL, nullable=False, zh="同行人", en="The other officer")
    due_on = field(Date, INTERNAL, nullable=False, zh="最迟日期", en="Last day of the visit")
    findings = field(Text, INTERNAL, zh="走访情况", en="What was found")

    visiting = party(partner="officer", zh="走访人", en="the officer")
    supervising = party(role="data-authority", zh="主管", en="the supervisor")

    plan = step(
        None >> S.PLANNED, by="visiting", takes=("second_officer", "due_on"), guarded=True,
        zh="安排", en="Plan a visit", article="DB 12",
    )  # fmt: skip
    record = step(
        S.PLANNED >> S.VISITED, by="visiting", takes=("findings",), own=True, zh="记录", en="Record it", article="DB 12"
    )
    miss = step(S.PLANNED >> S.MISSED, by=CLOCK, zh="逾期", en="It did not take place", article="†")
    period = clock(
        S.PLANNED, "due_on", remind=days(1), reminds="visiting", late=(Escalate("supervising"), Take("miss")),
        zh="走访期限", en="Time for the visit", article="†",
    )  # fmt: skip
    report = clock(
        S.PLANNED, working_days(3), late=Escalate("supervising"), zh="报告期限", en="Time to report", article="†"
    )


VISIT = TrialVisit
PARTS = DECLARED[-3:]
for _part in PARTS:
    DECLARED.remove(_part)
WITH_VISITS = build([*CATALOGUE, *PARTS])

POLICY = """
@id("visits-read") permit (principal, action == Action::"read", resource is TrialVisit)
when { context.purpose == "data-sharing" };
@id("visits-steps")
permit (principal, action in [Action::"planTrialVisit", Action::"recordTrialVisit"], resource is TrialVisit)
when { context.purpose == "data-sharing" && resource.officer == principal.name };
"""


def two_officers(asked):
    if asked.by is not None and asked.given["second_officer"] == asked.by.name:
        raise RuleRefuses("A visit needs two officers.", field="second_officer", article="DB 12")


RULES = Rules("TrialVisit", guards={"plan": two_officers})
OFFICER = Principal(
    "li", "CIVIL_AFFAIRS", frozenset({"civil-affairs"}), frozenset({"2305"}), "data-sharing", ALL_GRANTED
)


@pytest_asyncio.fixture(scope="module")
async def tools(acting):
    directory = acting.runtime.settings.schema_directory / "policies"
    policies = bundle({"visits.cedar": POLICY}, (directory / "purposes.yaml").read_text(encoding="utf-8"), WITH_VISITS)
    metadata = MetaData(naming_convention=METADATA.naming_convention)
    tables = derive(WITH_VISITS, metadata)
    async with acting.runtime.pool.acquire() as connection:
        for part in PARTS:
            await connection.execute(str(CreateTable(tables[part.name]).compile(dialect=postgresql.dialect())))
    rules = {"TrialVisit": RULES}
    check_rules(build(PARTS), rules)
    return StepTools(
        WITH_VISITS, policies, acting.runtime.vault, rules, writable(acting.runtime.vault, WITH_VISITS, tables)
    )


async def taken(tx, tools, name, row, given):
    return await take(
        tx, plan_step(VISIT, VISIT.process.steps[name], OFFICER, tools), StepCall(row, given, None, OFFICER)
    )


async def test_its_steps_are_taken_and_its_rules_are_asked(acting, tools):
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        refused = await taken(tx, tools, "plan", None, {"second_officer": "li", "due_on": date(2030, 1, 1)})
        assert isinstance(refused, StepRefused)
        assert (refused.path, refused.article) == (("secondOfficer",), "DB 12")
        planned = await taken(tx, tools, "plan", None, {"second_officer": "wang", "due_on": date(2030, 1, 1)})
        assert isinstance(planned, Taken)
        recorded = await taken(tx, tools, "record", planned.row_id, {"findings": "家中三人，情况属实"})
        assert recorded == Taken(planned.row_id, 2)


async def test_its_clocks_are_swept(acting, tools):
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        due = datetime.now(UTC).date() + timedelta(days=5)
        row = (await taken(tx, tools, "plan", None, {"second_officer": "wang", "due_on": due})).row_id
    later = datetime.now(UTC) + timedelta(days=30)
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection, later) as tx:
        swept = await sweep(tx, VISIT, tools)
        assert (swept.late, swept.taken) == (2, 1)
        assert await connection.fetchval("SELECT state FROM trial_visit WHERE id = $1", row) == "MISSED"


def test_it_has_its_mutations_its_roots_and_its_history():
    made = build_schema(WITH_VISITS)
    assert {"planTrialVisit", "recordTrialVisit"} <= made.mutation_type.fields.keys()
    assert "trialVisits" in made.query_type.fields
    assert {"state", "version", "history", "clocks"} <= made.type_map["TrialVisit"].fields.keys()


@pytest.mark.parametrize("given", ["planTrialVisit", "recordTrialVisit"])
def test_nobody_takes_its_steps_without_a_policy_of_their_own(tools, given):
    other = Principal("li", "CIVIL_AFFAIRS", frozenset({"auditor"}), frozenset({"2305"}), "audit", ALL_GRANTED)
    name = given.removesuffix("TrialVisit")
    assert tools.policies.decide(other, "step", VISIT, name).policies == ()
