"""How well departments answer, and how often they are right: shares, a median, and nothing of few."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest_asyncio

from acting_hub import acting  # noqa: F401 - a fixture
from hub.means.precision import precision

NOW = datetime(2026, 11, 20, tzinfo=UTC)
DOCUMENT = Path(__file__).parents[2] / "schema" / "operations" / "civil-affairs" / "precision-of-departments.graphql"
QUESTION = """INSERT INTO check_question (id, household_check_id, region, source, department, items, mandatory, state,
attempts, due_at, answered_at, answered_within) VALUES ($1, $2, $3, 'x', $4, 'WAGE', true, $5, 1, $6, $7, $8)"""
VISIT = """INSERT INTO home_visit (id, version, region, origin, department, item, state, state_since)
VALUES ($1, 1, $2, $3, $4, 'WAGE', $5, $6)"""


@pytest_asyncio.fixture(scope="module", autouse=True)
async def rows(acting):  # noqa: F811 - the fixture
    """Social security: 20 answered after 1 to 20 minutes, 10 late; 10 visits confirmed, 6 wrong, 8 due. Banks: few."""
    check, pool = uuid4(), acting.runtime.pool
    await pool.execute(
        """INSERT INTO household_check (id, version, region, reason, state, state_since)
           VALUES ($1, 1, '230502', 'CHANGE', 'REPORTED', $2)""", check, NOW,
    )  # fmt: skip
    await pool.execute(
        """INSERT INTO household_check_step (id, row_id, step, to_state, version, taken_at, article)
           VALUES ($1, $2, 'start', 'RUNNING', 1, $3, 'DB 17')""", uuid4(), check, NOW,
    )  # fmt: skip
    questions = [("SOCIAL_SECURITY", "EMPTY", minute) for minute in range(1, 21)]
    questions += [("SOCIAL_SECURITY", "LATE", None)] * 10 + [("BANKS", "ANSWERED", 9)] * 3
    questions += [("SOCIAL_SECURITY", "CANCELLED", None), ("SOCIAL_SECURITY", "WAITING", None)]
    questions += [("TAX", "ANSWERED", 90)] * 8 + [("TAX", "LATE", None)] * 2
    for department, state, minutes in questions:
        at = None if minutes is None else NOW + timedelta(minutes=minutes)
        within = None if minutes is None else "HOUR"
        await pool.execute(QUESTION, uuid4(), check, "230502001001", department, state, NOW, at, within)
    visits = [("CONFIRMED", 10), ("WRONG", 6), ("DUE", 8)]
    for state, count in visits:
        for _ in range(count):
            await pool.execute(VISIT, uuid4(), "230502001001", "REPORT", "SOCIAL_SECURITY", state, NOW)
    await pool.execute(VISIT, uuid4(), "230502001001", "COMPLAINT", "SOCIAL_SECURITY", "DUE", NOW)
    for _ in range(3):
        await pool.execute(VISIT, uuid4(), "230521001001", "WATCH", "BANKS", "CONFIRMED", NOW)


async def test_shares_and_a_median_and_nothing_of_few(acting):  # noqa: F811
    found = {each.department: each for each in await precision(acting.runtime.pool, "230502", 5)}
    social = found["SOCIAL_SECURITY"]
    assert (social.asked, round(social.coverage, 3), social.median) == (30, 0.667, timedelta(minutes=10))
    assert (social.warnings, social.visited, social.confirmed) == (24, 16, 0.625)
    banks = found["BANKS"]
    assert (banks.asked, banks.coverage, banks.median, banks.warnings, banks.visited) == (None, None, None, 0, 0)
    [few] = await precision(acting.runtime.pool, "230521", 5)
    assert (few.asked, few.coverage, few.warnings, few.visited, few.confirmed) == (0, None, None, None, None)
    # Two that were late would follow from ten asked and a share of eight.
    assert (found["TAX"].asked, found["TAX"].coverage) == (10, None)
    assert found["TAX"].as_json()["medianSeconds"] == 5400
    assert await precision(acting.runtime.pool, "2306", 5) == []


async def test_civil_affairs_counts_the_same_with_the_trusted_document(acting):  # noqa: F811
    answer = await acting.ask("civil-affairs", DOCUMENT.read_text(), purpose="statistics")
    answers = {(each["department"], each["state"]): each["count"] for each in answer["answers"]["groups"]}
    assert (answers["SOCIAL_SECURITY", "EMPTY"], answers["SOCIAL_SECURITY", "LATE"]) == (20, 10)
    times = {(each["department"], each["answeredWithin"]): each["count"] for each in answer["times"]["groups"]}
    assert times["SOCIAL_SECURITY", "HOUR"] == 20
    warnings = {(each["department"], each["state"]): each["count"] for each in answer["warnings"]["groups"]}
    # Three of the banks are withheld, and what would tell of them with it.
    assert warnings["BANKS", "CONFIRMED"] is None
    assert warnings["SOCIAL_SECURITY", "WRONG"] in (6, None)
