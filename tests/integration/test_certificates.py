"""Disability and serious illness, as departments answer them: asked by the declarations that ship, into a report."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from consenting import numbered
from hub.demo import county_offices
from hub.domain.codes import AnswerState
from hub.means.composing import compose
from hub.means.printed import page
from hub.postgres import embedded
from hub.sources.asking import asking, load_answers
from hub.store.pool import dsn
from reporting import CODE, RULES, inputs

SCHEMA = Path(__file__).parents[2] / "schema"
SOURCES = ("disabled-persons", "medical-insurance")
SEVERE, PHYSICAL, MENTAL, ILL, NOBODY = (numbered("19800101", place) for place in range(1, 6))


@pytest_asyncio.fixture(scope="module")
async def offices(server):
    """The two departments' tables, as the demo makes them."""
    url = await embedded.create_database(server.url, "certificates")
    connection = await asyncpg.connect(dsn(url))
    for table in (county_offices.DISABILITY, county_offices.ILLNESS, county_offices.SETTLED):
        columns = ", ".join(f"{name} text" for name, _ in table.columns)
        await connection.execute(f"CREATE TABLE {table.name} ({columns})")
    await connection.executemany(
        "INSERT INTO disability_certificate VALUES ($1, $2, $3, '2012-03-01')",
        [(SEVERE, "1", "肢体"), (PHYSICAL, "3", "肢体"), (MENTAL, "3", "精神")],
    )
    await connection.execute("INSERT INTO serious_illness VALUES ($1, '2026-02-01')", ILL)
    await connection.close()
    return url


async def rows(url, number):
    declared = [each for each in load_answers(SCHEMA / "answers") if each.source in SOURCES]
    found = []
    async with asking(declared, dict.fromkeys(SOURCES, url)) as asker:
        for each in declared:
            answer = await asker.ask(each.source, number, list(each.items))
            assert answer.state in (AnswerState.ANSWERED, AnswerState.EMPTY), answer
            found += [{**row, "department": each.department} for row in answer.rows]
    return found


@pytest.mark.parametrize(
    ("number", "said", "indication"),
    [
        (SEVERE, {"grade": Decimal(1), "mental": Decimal(0)}, "SINGLE_PERSON_DIBAO"),
        (PHYSICAL, {"grade": Decimal(3), "mental": Decimal(0)}, "MARGIN"),
        (MENTAL, {"grade": Decimal(3), "mental": Decimal(1)}, "SINGLE_PERSON_DIBAO"),
        (ILL, {}, "SINGLE_PERSON_DIBAO"), (NOBODY, None, "MARGIN"),
    ],
)  # fmt: skip
async def test_what_departments_certify_decides_who_may_be_counted_alone(offices, number, said, indication):
    found = await rows(offices, number)
    assert [{name: Decimal(value) for name, value in row.get("details", {}).items()} for row in found] == (
        [] if said is None else [said]
    )
    facts = [
        {"key": f"F{place}", "person": "1", "amount": None, "months": 1, "exempt": False, "text": None, "details": {},
         "aside": False, "on": None, **row}
        for place, row in enumerate(found, 1)
    ]  # fmt: skip
    asked = [{**each, "state": "EMPTY"} for each in inputs()["asked"]]
    declared = {"income": "2600", "vehicles": 0, "homes": 1}
    content, _ = compose(inputs(facts=facts, asked=asked, declared=declared), RULES)
    assert (content["outcome"], content["indication"]) == ("CONSISTENT", indication)
    lines = [each for each in content["lines"] if each["rule"].startswith("single.")]
    assert len(lines) == (indication == "SINGLE_PERSON_DIBAO")
    for line in lines:
        assert line["cites"] == ["DB-8"]
        assert line["inputs"][0][2].startswith(("DISABLED_PERSONS 2012", "MEDICAL_INSURANCE 2026"))
        assert "可单独保障的成员" in page(content, CODE)


def test_the_demo_has_people_of_each_kind():
    drawn = [county_offices.holdings(f"2305021970010{place:05}") for place in range(2_000)]
    kinds = {each.disability for each in drawn if each.disability is not None}
    assert {grade for grade, _ in kinds} == {1, 2, 3, 4}
    assert {kind for _, kind in kinds} == set(county_offices.KINDS)
    assert 40 < sum(each.ill for each in drawn) < 140
