"""Attack: learn what a field holds by filters, orders and counts, and select nothing that the audit names."""

from __future__ import annotations

from decimal import Decimal

import asyncpg
import orjson
import pytest
import pytest_asyncio

ENROLLED = "query ($where: RecipientWhere) { recipients(where: $where) { totalCount } }"


@pytest_asyncio.fixture(scope="module")
async def database(hub):
    connection = await asyncpg.connect(hub.database)
    yield connection
    await connection.close()


async def recorded(database, response):
    """What the record of an answer says: path to decision, and the tokens of what was asked for."""
    row = await database.fetchrow(
        "SELECT fields, literals FROM audit_record WHERE request_id = $1", response.headers["hub-request-id"]
    )
    tokens = row["literals"]
    return orjson.loads(row["fields"]), {tokens[at : at + 16] for at in range(0, len(tokens), 16)}


async def answered(ask, viewer, query, variables=None):
    response = await ask.post(viewer, query, variables)
    assert response.status_code == 200, response.text
    assert "errors" not in response.json(), response.text
    return response


async def test_an_amount_found_by_halving_leaves_person_and_field_in_each_record(ask, database):
    page = "{ recipients(first: 1, where: {monthlyAmount: {isNull: false}}) { nodes { id monthlyAmount } } }"
    found = (await answered(ask, "social-security", page)).json()["data"]["recipients"]["nodes"][0]
    low, high, seen, amounts = 0, 1 << 13, [], set()
    while high - low > 1:
        middle = (low + high) // 2
        where = {"id": {"eq": found["id"]}, "monthlyAmount": {"gte": str(middle)}}
        response = await answered(ask, "social-security", ENROLLED, {"where": where})
        more = response.json()["data"]["recipients"]["totalCount"]
        low, high = (middle, high) if more else (low, middle)
        fields, tokens = await recorded(database, response)
        assert fields == {
            "recipients.totalCount": "COUNTED",
            "recipients.where.id": "FILTERED",
            "recipients.where.monthlyAmount": "FILTERED",
        }
        assert len(tokens) == 2
        seen.append(tokens)
    assert low <= Decimal(found["monthlyAmount"]) < high  # the attack works; it is no longer nameless
    [person] = set.intersection(*seen)
    amounts = set.union(*seen) - {person}
    assert len(amounts) == len(seen)


async def test_the_same_value_is_the_same_token_whichever_filter_asks_for_it(ask, database):
    page = "{ recipients(first: 1) { nodes { id } } }"
    row = (await answered(ask, "civil-affairs", page)).json()["data"]["recipients"]["nodes"][0]["id"]
    wheres = [{"id": {"eq": row}}, {"not": {"id": {"in": [row]}}}, {"or": [{"id": {"in": [row, row]}}]}]
    tokens = [
        (await recorded(database, await answered(ask, "civil-affairs", ENROLLED, {"where": where})))[1]
        for where in wheres
    ]
    assert tokens[0] == tokens[1] == tokens[2]
    assert len(tokens[0]) == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "{ recipients(where: {household: {declaredMonthlyIncome: {gte: 1000}}}) { totalCount } }",
            {"recipients.where.household": "FILTERED", "recipients.where.household.declaredMonthlyIncome": "FILTERED"},
        ),
        (
            '{ recipients(where: {person: {name: {eq: "王小明"}}}) { totalCount } }',
            {"recipients.where.person": "FILTERED", "recipients.where.person.name": "LOOKED_UP"},
        ),
        (
            '{ recipients(where: {not: {or: [{person: {birthDate: {gte: "1980-01-01"}}}]}}) { totalCount } }',
            {"recipients.where.person": "FILTERED", "recipients.where.person.birthDate": "FILTERED"},
        ),
        (
            "{ recipients(first: 1, orderBy: [{field: MONTHLY_AMOUNT, direction: DESC}]) { pageInfo { endCursor } } }",
            {"recipients.orderBy.monthlyAmount": "SORTED"},
        ),
        (
            "{ households(first: 1) { nodes { recipients(where: {monthlyAmount: {gte: 1}}) { totalCount } } } }",
            {
                "households.nodes.recipients": "PLAIN",
                "households.nodes.recipients.totalCount": "COUNTED",
                "households.nodes.recipients.where.monthlyAmount": "FILTERED",
            },
        ),
        (
            "{ recipientStats(groupBy: [CATEGORY], where: {status: {eq: ACTIVE}}) { total { count } } }",
            {
                "recipientStats": "COUNTED",
                "recipientStats.category": "AGGREGATED",
                "recipientStats.where.status": "FILTERED",
            },
        ),
        ('{ person(idNumber: "11010519491231002X") { __typename } }', {"person.where.idNumber": "LOOKED_UP"}),
    ],
)
async def test_what_picks_orders_or_counts_rows_is_named(ask, database, query, expected):
    fields, _ = await recorded(database, await answered(ask, "civil-affairs", query))
    assert expected.items() <= fields.items(), fields


async def test_an_alias_does_not_hide_what_was_filtered_by(ask, database):
    query = (
        "{ a: recipients(where: {monthlyAmount: {gte: 1}}) { n: totalCount } "
        "b: recipients(where: {category: {eq: DIBAO}}) { n: totalCount } }"
    )
    fields, _ = await recorded(database, await answered(ask, "civil-affairs", query))
    assert fields["recipients.where.monthlyAmount"] == fields["recipients.where.category"] == "FILTERED"


async def test_an_exports_filter_is_named_too(ask, database):
    query = "{ recipients(where: {monthlyAmount: {gte: 1}}) { nodes { id } } }"
    response = await ask.client.post("/export", json={"query": query}, headers=ask.headers("civil-affairs"))
    assert response.status_code == 200
    fields, tokens = await recorded(database, response)
    assert fields["recipients.where.monthlyAmount"] == "FILTERED"
    assert len(tokens) == 1


async def test_no_value_that_was_filtered_by_stands_in_the_record(ask, database):
    where = {"monthlyAmount": {"eq": "7654.32"}, "person": {"birthDate": {"eq": "1987-06-05"}}}
    response = await answered(ask, "civil-affairs", ENROLLED, {"where": where})
    row = await database.fetchrow(
        "SELECT * FROM audit_record WHERE request_id = $1", response.headers["hub-request-id"]
    )
    said = str(dict(row))
    assert "7654.32" not in said
    assert "1987-06-05" not in said
