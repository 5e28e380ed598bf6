"""Filters against a Python filter over the same rows: what PostgreSQL finds is what the arguments say."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from benchmarks.seed import NEWEST, id_number
from hub.query.errors import AccessRefused, ArgumentRefused, ValidationRefused
from seeded_hub import AUDITOR, CHARITY, CITY, SOCIAL_SECURITY

DAY = date(2024, 6, 1)
MOMENT = NEWEST - timedelta(seconds=100)
MOMENT_THERE = "2026-06-30T07:58:20+08:00"


def has(column, test):
    return lambda row: row[column] is not None and test(row[column])


CASES = [
    ("recipients", "Recipient", "category: {eq: TEKUN}", has("category", lambda v: v == "TEKUN")),
    ("recipients", "Recipient", "category: {in: [TEKUN, DIBAO]}", has("category", lambda v: v in {"TEKUN", "DIBAO"})),
    ("recipients", "Recipient", "category: {in: []}", lambda _row: False),
    ("recipients", "Recipient", 'region: {within: "230502"}', has("region", lambda v: v.startswith("230502"))),
    ("recipients", "Recipient", 'region: {within: "230503101"}', has("region", lambda v: v.startswith("230503101"))),
    ("recipients", "Recipient", 'region: {eq: "230502100200"}', has("region", lambda v: v == "230502100200")),
    ("recipients", "Recipient", 'region: {eq: "230502"}', lambda _row: False),
    ("recipients", "Recipient", 'region: {within: "44"}', lambda _row: False),
    ("recipients", "Recipient", 'monthlyAmount: {gte: "500.00"}', has("monthly_amount", lambda v: v >= 500)),
    ("recipients", "Recipient", 'monthlyAmount: {gt: "500"}', has("monthly_amount", lambda v: v > 500)),
    ("recipients", "Recipient", 'monthlyAmount: {lt: "500.00"}', has("monthly_amount", lambda v: v < 500)),
    ("recipients", "Recipient", 'monthlyAmount: {lte: "500.004"}', has("monthly_amount", lambda v: v <= 500)),
    ("recipients", "Recipient", 'monthlyAmount: {eq: "512.00"}', has("monthly_amount", lambda v: v == Decimal(512))),
    (
        "recipients", "Recipient", 'monthlyAmount: {in: ["512", "513.00"]}',
        has("monthly_amount", lambda v: v in {512, 513}),
    ),
    ("recipients", "Recipient", "monthlyAmount: {isNull: true}", lambda row: row["monthly_amount"] is None),
    ("recipients", "Recipient", "monthlyAmount: {isNull: false}", lambda row: row["monthly_amount"] is not None),
    (
        "recipients", "Recipient", 'monthlyAmount: {gte: "400.00", lt: "450.00"}',
        has("monthly_amount", lambda v: 400 <= v < 450),
    ),
    ("recipients", "Recipient", 'approvedOn: {gte: "2024-06-01"}', has("approved_on", lambda v: v >= DAY)),
    ("recipients", "Recipient", 'approvedOn: {lt: "2024-06-01"}', has("approved_on", lambda v: v < DAY)),
    ("recipients", "Recipient", 'approvedOn: {eq: "2024-06-01"}', has("approved_on", lambda v: v == DAY)),
    ("recipients", "Recipient", "validUntil: {isNull: true}", lambda _row: True),
    ("recipients", "Recipient", "status: {eq: ENDED}", has("status", lambda v: v == "ENDED")),
    ("households", "Household", "size: {gt: 3}", has("size", lambda v: v > 3)),
    ("households", "Household", "size: {in: [1, 5]}", has("size", {1, 5}.__contains__)),
    (
        "households", "Household", 'declaredMonthlyIncome: {lte: "20"}',
        has("declared_monthly_income", lambda v: v <= 20),
    ),
    ("people", "Person", "sex: {eq: FEMALE}", has("sex", lambda v: v == "FEMALE")),
    ("people", "Person", 'birthDate: {lt: "1941-01-01"}', has("birth_date", lambda v: v < date(1941, 1, 1))),
    ("meansChecks", "MeansCheck", "outcome: {eq: INCONSISTENT}", has("outcome", lambda v: v == "INCONSISTENT")),
    ("meansChecks", "MeansCheck", f'checkedAt: {{gt: "{MOMENT_THERE}"}}', has("checked_at", lambda v: v > MOMENT)),
    ("meansChecks", "MeansCheck", f'checkedAt: {{lte: "{MOMENT_THERE}"}}', has("checked_at", lambda v: v <= MOMENT)),
    # --- and, or, not ---
    (
        "recipients", "Recipient", 'or: [{category: {eq: TEKUN}}, {monthlyAmount: {lt: "320"}}]',
        lambda row: row["category"] == "TEKUN" or (row["monthly_amount"] is not None and row["monthly_amount"] < 320),
    ),
    (
        "recipients", "Recipient", "and: [{category: {eq: DIBAO}}, {status: {eq: ENDED}}]",
        lambda row: row["category"] == "DIBAO" and row["status"] == "ENDED",
    ),
    (
        "recipients", "Recipient", 'category: {eq: DIBAO}, or: [{status: {eq: ENDED}}, {region: {within: "230505"}}]',
        lambda row: row["category"] == "DIBAO" and (row["status"] == "ENDED" or row["region"].startswith("230505")),
    ),
    ("recipients", "Recipient", "not: {category: {eq: DIBAO}}", has("category", lambda v: v != "DIBAO")),
    # What is not known is neither less nor not less.
    ("recipients", "Recipient", 'not: {monthlyAmount: {lt: "500"}}', has("monthly_amount", lambda v: v >= 500)),
    ("recipients", "Recipient", "not: {monthlyAmount: {isNull: true}}", has("monthly_amount", lambda _v: True)),
    (
        "recipients", "Recipient", 'not: {or: [{category: {eq: DIBAO}}, {not: {region: {within: "230502"}}}]}',
        lambda row: row["category"] != "DIBAO" and row["region"].startswith("230502"),
    ),
    ("recipients", "Recipient", "or: []", lambda _row: False),
    ("recipients", "Recipient", "and: []", lambda _row: True),
    ("recipients", "Recipient", "category: null, status: {eq: ENDED}", lambda row: row["status"] == "ENDED"),
]  # fmt: skip


async def ids(seeded, connection, where, viewer=CITY, variables=None, kinds=""):
    head = f"query ({kinds}) " if kinds else ""
    document = f"{head}{{ {connection}(first: 1000, where: {{{where}}}) {{ nodes {{ id }} totalCount }} }}"
    found = (await seeded.ask(viewer, document, variables))[connection]
    assert found["totalCount"] == len(found["nodes"])
    return [node["id"] for node in found["nodes"]]


def expected(seeded, entity, test):
    return sorted(f"{entity}:{row['id']}" for row in seeded.rows[entity] if test(row))


@pytest.mark.parametrize(("connection", "entity", "where", "test"), CASES, ids=[case[2] for case in CASES])
async def test_a_filter_finds_exactly_the_rows_that_it_says(seeded, connection, entity, where, test):
    found = await ids(seeded, connection, where)
    assert sorted(found) == expected(seeded, entity, test)


def test_the_cases_tell_some_rows_from_others(seeded):
    total = {entity: len(rows) for entity, rows in seeded.rows.items()}
    sizes = [(len(expected(seeded, entity, test)), total[entity]) for _, entity, _, test in CASES]
    assert sum(0 < found < whole for found, whole in sizes) >= len(CASES) - 7


@pytest.mark.parametrize(
    ("kinds", "where", "variables", "test"),
    [
        ("$c: AssistanceCategory", "category: {eq: $c}", {"c": "TEKUN"}, has("category", lambda v: v == "TEKUN")),
        (
            "$r: [RegionCode!]", "region: {in: $r}", {"r": ["230502100200"]},
            has("region", lambda v: v == "230502100200"),
        ),
        ("$m: Money", "monthlyAmount: {lt: $m}", {"m": "400.00"}, has("monthly_amount", lambda v: v < 400)),
        (
            "$w: [RecipientWhere!]", "or: $w",
            {"w": [{"category": {"eq": "TEKUN"}}, {"monthlyAmount": {"isNull": True}}]},
            lambda row: row["category"] == "TEKUN" or row["monthly_amount"] is None,
        ),
        (
            "$a: AssistanceCategory!, $b: AssistanceCategory!", "category: {in: [$a, $b, TEMPORARY]}",
            {"a": "TEKUN", "b": "DIBAO_MARGIN"},
            has("category", lambda v: v in {"TEKUN", "DIBAO_MARGIN", "TEMPORARY"}),
        ),
    ],
)  # fmt: skip
async def test_values_may_come_from_variables_at_any_depth(seeded, kinds, where, variables, test):
    found = await ids(seeded, "recipients", where, variables=variables, kinds=kinds)
    assert sorted(found) == expected(seeded, "Recipient", test) != []


async def test_a_whole_filter_may_come_from_a_variable(seeded):
    document = "query ($where: RecipientWhere) { recipients(first: 1000, where: $where) { nodes { id } } }"
    for where, test in (
        ({"category": {"eq": "TEKUN"}}, has("category", lambda v: v == "TEKUN")),
        ({"not": {"category": {"eq": "TEKUN"}}}, has("category", lambda v: v != "TEKUN")),
        ({}, lambda _row: True),
        (None, lambda _row: True),
    ):
        found = (await seeded.ask(CITY, document, {"where": where}))["recipients"]["nodes"]
        assert sorted(node["id"] for node in found) == expected(seeded, "Recipient", test)


async def test_filters_reach_across_links(seeded):
    households, people = seeded.by_id("Household"), seeded.by_id("Person")
    found = await ids(seeded, "recipients", "household: {size: {gt: 3}}, person: {sex: {eq: MALE}}")
    assert sorted(found) == expected(
        seeded,
        "Recipient",
        lambda row: households[row["household_id"]]["size"] > 3 and people[row["person_id"]]["sex"] == "MALE",
    )
    found = await ids(seeded, "recipients", 'not: {household: {declaredMonthlyIncome: {gte: "100"}}}')
    assert sorted(found) == expected(
        seeded, "Recipient", lambda row: households[row["household_id"]]["declared_monthly_income"] < 100
    )


async def test_a_protected_value_is_found_in_any_spelling_of_it(seeded):
    person = next(row for row in seeded.rows["Person"] if row["id_number"].endswith("X"))
    number, phone = person["id_number"], person["phone"]
    wide = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
    for spelling in (number, number.lower(), f" {number} ", f"'{number}", number.translate(wide)):
        found = await seeded.ask(CITY, "query ($n: String!) { person(idNumber: $n) { id } }", {"n": spelling})
        assert found["person"]["id"] == f"Person:{person['id']}"
        by_where = await ids(seeded, "people", "idNumber: {eq: $n}", variables={"n": spelling}, kinds="$n: String")
        assert by_where == [f"Person:{person['id']}"]
    for spelling in (phone, f"+86 {phone}", f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"):
        by_where = await ids(seeded, "people", "phone: {eq: $p}", variables={"p": spelling}, kinds="$p: String")
        assert by_where == [f"Person:{person['id']}"]
    name = person["name"]
    for spelling in (name, " ".join(name)):
        by_where = await ids(seeded, "people", "name: {in: [$n]}", variables={"n": spelling}, kinds="$n: String!")
        assert sorted(by_where) == expected(seeded, "Person", lambda row: row["name"] == name)


async def test_a_number_of_nobody_finds_nobody(seeded):
    number = id_number(9_000_000)
    assert await seeded.ask(CITY, f'{{ person(idNumber: "{number}") {{ id }} }}') == {"person": None}


@pytest.mark.parametrize(
    ("where", "named"),
    [
        ('idNumber: {eq: "230502193001010011"}', r"Person\.idNumber\.eq"),
        ('phone: {eq: "planted"}', r"Person\.phone\.eq"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_without_being_repeated(seeded, where, named):
    with pytest.raises(ArgumentRefused, match=named) as refused:
        await ids(seeded, "people", where)
    assert "planted" not in refused.value.message
    assert "2305" not in refused.value.message


async def test_ids_may_be_filtered_by_and_must_be_of_the_entity(seeded):
    row = seeded.rows["Recipient"][3]
    assert await ids(seeded, "recipients", f'id: {{eq: "Recipient:{row["id"]}"}}') == [f"Recipient:{row['id']}"]
    with pytest.raises(ArgumentRefused, match="Recipient"):
        await ids(seeded, "recipients", f'id: {{eq: "Person:{row["id"]}"}}')


@pytest.mark.parametrize(
    ("viewer", "connection", "where"),
    [
        (AUDITOR, "recipients", 'monthlyAmount: {gt: "1"}'),
        (SOCIAL_SECURITY, "people", 'phone: {eq: "14000000001"}'),
        (SOCIAL_SECURITY, "people", 'name: {eq: "赵测一"}'),
        (SOCIAL_SECURITY, "households", 'declaredMonthlyIncome: {gt: "1"}'),
        (SOCIAL_SECURITY, "recipients", 'household: {declaredMonthlyIncome: {gt: "1"}}'),
        (SOCIAL_SECURITY, "recipients", "or: [{category: {eq: TEKUN}}, {not: {household: {declaredHomes: {gt: 0}}}}]"),
    ],
)
async def test_what_may_not_be_filtered_by_is_refused_wherever_it_stands(seeded, viewer, connection, where):
    with pytest.raises(AccessRefused, match="may not"):
        await ids(seeded, connection, where, viewer)


async def test_what_does_not_exist_for_a_viewer_cannot_be_filtered_by(seeded):
    with pytest.raises(ValidationRefused):
        await ids(seeded, "recipients", "category: {eq: TEKUN}", CHARITY)
    with pytest.raises(ValidationRefused):
        await ids(seeded, "recipients", "person: {sex: {eq: MALE}}", AUDITOR)


async def test_times_are_compared_as_moments_whatever_their_offset(seeded):
    assert datetime.fromisoformat(MOMENT_THERE) == MOMENT.astimezone(UTC)
    there = await ids(seeded, "meansChecks", f'checkedAt: {{eq: "{MOMENT_THERE}"}}')
    here = await ids(seeded, "meansChecks", f'checkedAt: {{eq: "{MOMENT:%Y-%m-%dT%H:%M:%SZ}"}}')
    assert there == here != []
