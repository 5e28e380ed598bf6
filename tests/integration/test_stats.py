"""Counts against counting the same rows in Python: whatever is shown is right, under the viewer's own row filter."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

import pytest

from hub.cache import Cache
from hub.query.errors import AccessRefused, ArgumentRefused, TooManyGroups, ValidationRefused
from seeded_hub import AUDITOR, CHARITY, CITY, COUNTY, DISTRICT, SOCIAL_SECURITY, viewer

NUMBERS = "count suppressed sum { monthlyAmount } average { monthlyAmount }"
EVERYTHING = f"""{{ recipientStats(groupBy: [CATEGORY, REGION_COUNTY]) {{ smallestGroup
    groups {{ category regionCounty status {NUMBERS} }} total {{ {NUMBERS} }} }} }}"""
PLANNING = viewer("civil-affairs", "statistics", "2305")


def counted(rows, *keys):
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(key(row) for key in keys)].append(row)
    return groups


def category(row):
    return row["category"]


def county(row):
    return row["region"][:6]


def numbers(rows):
    amounts = [row["monthly_amount"] for row in rows if row["monthly_amount"] is not None]
    total = sum(amounts, Decimal("0.00"))
    return {
        "count": len(rows),
        "suppressed": False,
        "sum": {"monthlyAmount": str(total)},
        "average": {"monthlyAmount": str((total / len(amounts)).quantize(Decimal("0.01")))},
    }


async def test_groups_and_total_are_what_the_rows_say(seeded):
    found = (await seeded.ask(CITY, EVERYTHING))["recipientStats"]
    rows = seeded.rows["Recipient"]
    assert found["smallestGroup"] == 5
    assert found["total"] == numbers(rows)
    expected = counted(rows, category, county)
    assert {(group["category"], group["regionCounty"]) for group in found["groups"]} == set(expected)
    shown = [group for group in found["groups"] if not group["suppressed"]]
    assert len(shown) > 20
    for group in shown:
        key = (group.pop("category"), group.pop("regionCounty"))
        assert group == {"status": None, **numbers(expected[key])}


async def test_a_group_with_too_few_rows_is_withheld_with_another(seeded):
    query = """{ recipientStats(groupBy: [STATUS, REGION_TOWNSHIP]) {
        groups { status regionTownship count suppressed sum { monthlyAmount } } } }"""
    groups = (await seeded.ask(CITY, query))["recipientStats"]["groups"]
    real = counted(seeded.rows["Recipient"], lambda row: row["status"], lambda row: row["region"][:9])
    assert any(group["suppressed"] for group in groups)
    for group in groups:
        count = len(real[group["status"], group["regionTownship"]])
        assert group["suppressed"] is (group["count"] is None) is (group["sum"] is None)
        if count < 5:
            assert group["suppressed"]
        if not group["suppressed"]:
            assert group["count"] == count


async def test_a_viewer_of_one_district_counts_its_rows_only(seeded):
    rows = [row for row in seeded.rows["Recipient"] if row["region"].startswith(DISTRICT)]
    found = await seeded.ask(COUNTY, f"{{ recipientStats {{ groups {{ count }} total {{ {NUMBERS} }} }} }}")
    assert found["recipientStats"] == {"groups": [], "total": numbers(rows)}


async def test_a_right_that_holds_in_some_rows_counts_those(seeded):
    # Personal data may be added up in one's own division; the prefecture's enrolments are visible beyond it.
    query = "{ recipientStats(groupBy: CATEGORY) { total { count } } }"
    assert (await seeded.ask(COUNTY, query))["recipientStats"]["total"]["count"] == len(seeded.rows["Recipient"])
    planned = seeded.plan(COUNTY, f"{{ recipientStats {{ total {{ {NUMBERS} }} }} }}")
    assert [(entry.path, entry.decision) for entry in planned.plan.access] == [
        ("recipientStats.monthlyAmount", "CONDITIONAL")
    ]


@pytest.mark.parametrize(
    ("where", "keep"),
    [
        ("category: {eq: TEKUN}", lambda row: row["category"] == "TEKUN"),
        ("category: {in: [TEKUN, DIBAO]}", lambda row: row["category"] in {"TEKUN", "DIBAO"}),
        (f'region: {{within: "{DISTRICT}"}}', lambda row: row["region"].startswith(DISTRICT)),
        ('region: {within: "2305"}', lambda _row: True),
        ('region: {within: "44"}', lambda _row: False),
        ("not: {category: {eq: TEKUN}}", lambda row: row["category"] != "TEKUN"),
        (
            f'or: [{{category: {{eq: TEKUN}}}}, {{region: {{within: "{DISTRICT}"}}}}]',
            lambda row: row["category"] == "TEKUN" or row["region"].startswith(DISTRICT),
        ),
        ("region: {isNull: true}", lambda _row: False),
    ],
)
async def test_a_filter_counts_the_rows_that_it_admits(seeded, where, keep):
    query = f"""{{ recipientStats(groupBy: CATEGORY, where: {{{where}}}) {{
        groups {{ category count }} total {{ count }} }} }}"""
    found = (await seeded.ask(CITY, query))["recipientStats"]
    rows = [row for row in seeded.rows["Recipient"] if keep(row)]
    assert found["total"]["count"] == len(rows)
    assert {group["category"]: group["count"] for group in found["groups"]} == {
        key: len(members) for (key,), members in counted(rows, category).items()
    }


async def test_variables_aliases_fragments_and_type_names_work_as_everywhere(seeded):
    query = """query ($by: [RecipientStatsGrouping!], $where: RecipientStatsWhere) {
        a: recipientStats(groupBy: $by, where: $where) { ...Numbers }
        b: recipientStats(groupBy: $by) { all: total { n: count } } }
        fragment Numbers on RecipientStats {
            __typename g: groups { __typename c: category n: count sum { __typename } } }"""
    variables = {"by": ["CATEGORY"], "where": {"category": {"in": ["TEKUN"]}}}
    found = await seeded.ask(CITY, query, variables)
    tekun = [row for row in seeded.rows["Recipient"] if row["category"] == "TEKUN"]
    assert found["a"] == {
        "__typename": "RecipientStats",
        "g": [
            {
                "__typename": "RecipientStatsGroup",
                "c": "TEKUN",
                "n": len(tekun),
                "sum": {"__typename": "RecipientStatsSums"},
            }
        ],
    }
    assert found["b"] == {"all": {"n": len(seeded.rows["Recipient"])}}
    other = await seeded.ask(CITY, query, {"by": ["STATUS"], "where": None})
    assert len(other["a"]["g"]) == 2


async def test_whole_numbers_are_grouped_by_and_added_up(seeded):
    query = """{ householdStats(groupBy: SIZE, where: {size: {gte: 2}}) {
        groups { size count } total { sum { size } average { size } } } }"""
    found = (await seeded.ask(CITY, query))["householdStats"]
    sizes = [row["size"] for row in seeded.rows["Household"] if row["size"] >= 2]
    assert found["groups"] == [{"size": size, "count": sizes.count(size)} for size in range(2, 6)]
    assert found["total"] == {"sum": {"size": sum(sizes)}, "average": {"size": round(sum(sizes) / len(sizes), 2)}}


async def test_one_statement_counts_and_reads_no_row(seeded):
    planned = seeded.plan(CITY, EVERYTHING)
    [sql] = planned.sql.values()
    assert "GROUP BY 1, 2" in sql.text
    assert "count(*)" in sql.text
    assert "person_id" not in sql.text


@pytest.mark.parametrize(
    ("who", "document", "field"),
    [
        (SOCIAL_SECURITY, "{ recipientStats(groupBy: CATEGORY) { total { count } } }", "category"),
        (SOCIAL_SECURITY, "{ recipientStats { total { sum { monthlyAmount } } } }", "monthlyAmount"),
        (SOCIAL_SECURITY, "{ recipientStats(where: {status: {eq: ACTIVE}}) { total { count } } }", "status"),
        (AUDITOR, "{ recipientStats { groups { average { monthlyAmount } } } }", "monthlyAmount"),
        (PLANNING, "{ recipientStats { groups { sum { monthlyAmount } } } }", "monthlyAmount"),
        (CHARITY, "{ needStats(groupBy: KIND) { total { count } } }", "kind"),
    ],
)
async def test_what_may_not_be_counted_by_or_added_up_is_refused_by_name(seeded, who, document, field):
    with pytest.raises(AccessRefused, match=rf"\b{field}\b"):
        seeded.plan(who, document)


async def test_an_auditor_and_a_planner_count_without_amounts(seeded):
    for who in (AUDITOR, PLANNING):
        found = await seeded.ask(who, "{ recipientStats(groupBy: CATEGORY) { groups { category count } } }")
        assert {group["category"]: group["count"] for group in found["recipientStats"]["groups"]} == {
            key: len(rows) for (key,), rows in counted(seeded.rows["Recipient"], category).items()
        }


async def test_an_entity_that_does_not_exist_for_a_viewer_has_no_counts(seeded):
    with pytest.raises(ValidationRefused, match="recipientStats"):
        seeded.plan(CHARITY, "{ recipientStats { total { count } } }")


async def test_a_filter_finer_than_a_township_is_refused(seeded):
    engine = seeded.runtime.engine
    document = '{ recipientStats(where: {region: {within: "230502100200"}}) { total { count } } }'
    planned = seeded.plan(CITY, document)
    with pytest.raises(ArgumentRefused, match="townships"):
        engine.bind(planned, {}, CITY)


async def test_a_table_with_too_many_combinations_is_refused_with_the_limit(seeded, monkeypatch):
    monkeypatch.setattr("hub.query.counts.question.CELLS", 20)
    with pytest.raises(TooManyGroups, match="20"):
        await seeded.ask(CITY, EVERYTHING)


async def test_too_many_groups_are_refused_with_their_number(seeded):
    engine = replace(
        seeded.runtime.engine, limits=replace(seeded.runtime.engine.limits, groups=3), _plans=Cache(1_000_000)
    )
    operation = engine.operation(EVERYTHING, None, CITY)
    planned = engine.plan(operation, {}, CITY)
    bound = engine.bind(planned, {}, CITY)
    fetched = await engine.fetch(planned, bound, seeded.runtime.reading)
    with pytest.raises(TooManyGroups, match=r"have \d\d groups; the limit is 3"):
        engine.reveal(planned, bound, fetched, operation, {})
