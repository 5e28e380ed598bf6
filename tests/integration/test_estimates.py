"""A county asks what another standard would mean: under the right to count, by the worker, without small numbers."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
import pytest_asyncio

from acting_hub import acting  # noqa: F401 - a fixture
from consenting import day, numbered
from hub import write
from hub.cli.asking import estimating
from hub.means.estimates import A_DAY

REQUEST = """mutation($input: RequestEstimateInput!) { requestEstimate(input: $input) {
  estimate { id state version }
  errors { __typename ... on UserError { code message path } } } }"""
SHOWN = """query($id: ID!) { node(id: $id) { ... on Estimate { state impossible rulesDigest
  history(first: 9) { nodes { step partner } }
  counties(first: 9, orderBy: [{field: REGION}]) { nodes { region households withinNow enter leave more } } } } }"""
GIVEN = {"region": "2305", "standard": "900", "beginsOn": day(60)}


@pytest_asyncio.fixture(scope="module", autouse=True)
async def households(acting):  # noqa: F811 - the fixture
    """Of one person each. 230502: 7 within, 6 that 900 takes in, 4 beyond. 230503: 2 that it takes in, 8 beyond."""
    owners = write.writable(acting.runtime.vault)
    number = 0
    async with acting.runtime.pool.acquire() as connection, write.transaction(connection) as tx:
        for district, income, count in (
            ("230502", 500, 7), ("230502", 850, 6), ("230502", 2000, 4), ("230503", 850, 2), ("230503", 2000, 8),
            ("230505", 100, 3),
        ):  # fmt: skip
            for _ in range(count):
                number += 1
                home, person, region = uuid4(), uuid4(), f"{district}001001"
                declared = {"declared_monthly_income": income, "declared_vehicles": 0, "declared_homes": 1}
                named = {"id_number": numbered("19800101", number), "name": "测试", "region": region}
                rows = (
                    ("Household", home, {"region": region, **declared}), ("Person", person, named),
                    ("HouseholdMember", uuid4(), {"household": home, "person": person, "region": region}),
                )  # fmt: skip
                for entity, row, values in rows:
                    await write.load(tx, write.seal_rows(owners[entity], [write.PlainRow(row, values, "insert")]))


async def request(acting, given, purpose="statistics", partner="civil-affairs"):  # noqa: F811
    answer = await acting.ask(partner, REQUEST, {"input": {**GIVEN, **given}}, purpose=purpose)
    return answer["requestEstimate"]


async def test_what_another_standard_means_is_shown_by_county_without_small_numbers(acting):  # noqa: F811
    made = await request(acting, {})
    assert made["errors"] == []
    row = made["estimate"]["id"]
    assert (await acting.ask("civil-affairs", SHOWN, {"id": row}, purpose="statistics"))["node"]["counties"][
        "nodes"
    ] == []
    assert await estimating(acting.runtime).once() == 1
    assert await estimating(acting.runtime).once() == 0
    shown = (await acting.ask("civil-affairs", SHOWN, {"id": row}, purpose="statistics"))["node"]
    assert (shown["state"], shown["rulesDigest"]) == ("RECKONED", acting.runtime.means_rules.digest)
    assert sorted((each["step"], each["partner"]) for each in shown["history"]["nodes"]) == [
        ("reckon", None), ("request", "civil-affairs"),
    ]  # fmt: skip
    # 7 and 6 are shown as 5, so that no difference is of few. Two that enter are withheld, and the money with them.
    first, second, third = shown["counties"]["nodes"]
    more = first.pop("more")
    assert first == {"region": "230502", "households": 15, "withinNow": 5, "enter": 5, "leave": 0}
    assert Decimal(more) == 0  # 7 get 68 more, 6 get 50: 776 yuan, to the thousand
    assert second == {
        "region": "230503", "households": 10, "withinNow": None, "enter": None, "leave": None, "more": None
    }  # fmt: skip
    assert third == {"region": "230505", **dict.fromkeys(("households", "withinNow", "enter", "leave", "more"))}
    # What is not shown is not kept either.
    kept = await acting.runtime.pool.fetch("SELECT region, households FROM estimated_county ORDER BY region")
    assert [tuple(each) for each in kept] == [("230502", 15), ("230503", 10), ("230505", None)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"standard": "905"}, "multiple of 10 yuan"), ({"standard": "0"}, "multiple of 10 yuan"),
        ({"standard": "-100"}, "multiple of 10 yuan"), ({"standard": "200000"}, "multiple of 10 yuan"),
        ({"beginsOn": day(-1)}, "from today on"), ({"beginsOn": day(4000)}, "from today on"),
    ],
)  # fmt: skip
async def test_what_is_refused_says_why(acting, given, said):  # noqa: F811
    [error] = (await request(acting, given))["errors"]
    assert said in error["message"]


@pytest.mark.parametrize(
    ("partner", "purpose", "region"),
    [
        ("civil-affairs", "means-check", "2305"), ("civil-affairs", "assistance-review", "2305"),
        ("checking-centre", "means-check", "2305"), ("auditor", "audit", "2305"),
        ("charity", "charity-matching", "2305"),
    ],
)  # fmt: skip
async def test_who_may_not_count_may_not_ask_for_an_estimate(acting, partner, purpose, region):  # noqa: F811
    response = await acting.post(partner, REQUEST, {"input": {**GIVEN, "region": region}}, purpose=purpose)
    assert response.json()["errors"], response.json()
    seen = await acting.post(partner, "{ estimatedCounties(first: 1) { nodes { enter } } }", purpose=purpose)
    assert not (seen.json().get("data") or {}).get("estimatedCounties"), seen.json()


async def test_another_province_is_none_of_its_business(acting):  # noqa: F811
    answer = await acting.post("civil-affairs", REQUEST, {"input": {**GIVEN, "region": "2306"}}, purpose="statistics")
    body = answer.json()
    assert body.get("errors") or body["data"]["requestEstimate"]["errors"], body


async def test_no_more_than_so_many_a_day(acting):  # noqa: F811
    for place in range(A_DAY):
        made = await request(acting, {"standard": str(600 + 10 * place)})
        if made["errors"]:
            break
    assert "within a day" in made["errors"][0]["message"]
    assert place <= A_DAY
    later = estimating(acting.runtime)
    while await later.once():
        pass
    waiting = await acting.runtime.pool.fetchval("SELECT count(*) FROM estimate WHERE state = 'REQUESTED'")
    assert waiting == 0


async def test_where_no_rule_says_a_standard_the_estimate_says_so(acting):  # noqa: F811
    rules = acting.runtime.means_rules
    reckoning = estimating(acting.runtime)
    await acting.runtime.pool.execute(
        "UPDATE estimate SET state = 'REQUESTED', begins_on = '2020-01-01' WHERE id = (SELECT id FROM estimate LIMIT 1)"
    )
    assert rules.bundle.begins.year > 2020
    assert await reckoning.once() == 1
    why = await acting.runtime.pool.fetchval("SELECT impossible FROM estimate WHERE state = 'IMPOSSIBLE'")
    assert "Nothing says what standard is" in why


async def test_an_estimate_is_on_record_and_names_nobody(acting):  # noqa: F811
    rows = await acting.runtime.pool.fetch("SELECT purpose, rows FROM audit_record WHERE action = 'means:estimate'")
    assert rows
    assert {(each["purpose"], each["rows"]) for each in rows} == {("statistics", 30)}
