"""Rights that depend on the row: plain in the viewer's own district, masked elsewhere, nothing outside."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import pytest

from hub.crypto import DoesNotOpen
from seeded_hub import CITY, COUNTY, DISTRICT, SOCIAL_SECURITY, viewer

ALL = """{ recipients(first: 500) { nodes { id category monthlyAmount region
    person { id name idNumber birthDate phone sex }
    household { id size address declaredMonthlyIncome
        meansChecks(first: 5) { nodes { outcome findings { kind value } } }
        members(first: 5) { edges { relationship node { name } } } } } } }"""
ELSEWHERE = viewer("civil-affairs", "assistance-review", "4403")


async def recipients(seeded, principal):
    found = (await seeded.ask(principal, ALL))["recipients"]["nodes"]
    rows = seeded.by_id("Recipient")
    return [(node, rows[UUID(node["id"].partition(":")[2])]) for node in found]


async def test_rows_of_the_own_district_are_plain_and_as_they_were_written(seeded):
    people, households = seeded.by_id("Person"), seeded.by_id("Household")
    checked = 0
    for node, row in await recipients(seeded, COUNTY):
        if not row["region"].startswith(DISTRICT):
            continue
        person, household = people[row["person_id"]], households[row["household_id"]]
        assert node["person"] == {
            "id": f"Person:{person['id']}",
            "name": person["name"],
            "idNumber": person["id_number"],
            "birthDate": person["birth_date"].isoformat(),
            "phone": person["phone"],
            "sex": person["sex"],
        }
        amount = row["monthly_amount"]
        assert node["monthlyAmount"] == (None if amount is None else f"{amount:.2f}")
        assert node["household"]["address"] == household["address"]
        assert node["household"]["declaredMonthlyIncome"] == f"{household['declared_monthly_income']:.2f}"
        assert [len(check["findings"]) for check in node["household"]["meansChecks"]["nodes"]] == [2, 2]
        assert {edge["relationship"] for edge in node["household"]["members"]["edges"]} == {"HEAD", "SPOUSE"}
        checked += 1
    assert checked == len(seeded.rows["Recipient"]) // 8


async def test_rows_of_the_rest_of_the_prefecture_are_masked_or_absent_field_by_field(seeded):
    people = seeded.by_id("Person")
    checked = 0
    for node, row in await recipients(seeded, COUNTY):
        if row["region"].startswith(DISTRICT):
            continue
        person = people[row["person_id"]]
        assert node["person"] == {
            "id": f"Person:{person['id']}",
            "name": f"{person['name'][0]}***",
            "idNumber": f"{person['id_number'][:2]}{'*' * 16}",
            "birthDate": None,
            "phone": f"{person['phone'][:3]}{'*' * 6}{person['phone'][-2:]}",
            "sex": None,
        }
        assert node["monthlyAmount"] is None
        assert node["category"] == row["category"]
        assert node["household"]["address"] == "***"
        assert node["household"]["declaredMonthlyIncome"] is None
        assert node["household"]["meansChecks"]["nodes"] == []
        assert {edge["relationship"] for edge in node["household"]["members"]["edges"]} == {None}
        assert all(edge["node"]["name"].endswith("***") for edge in node["household"]["members"]["edges"])
        checked += 1
    assert checked == len(seeded.rows["Recipient"]) * 7 // 8


async def test_a_viewer_of_the_whole_prefecture_sees_all_of_it_plain(seeded):
    found = await recipients(seeded, CITY)
    assert len(found) == len(seeded.rows["Recipient"])
    assert not any("*" in node["person"]["idNumber"] for node, _ in found)


async def test_another_prefecture_has_no_rows_and_no_counts(seeded):
    assert await recipients(seeded, ELSEWHERE) == []
    found = await seeded.ask(ELSEWHERE, "{ recipients { totalCount } people { totalCount } households { totalCount } }")
    assert found == {name: {"totalCount": 0} for name in ("recipients", "people", "households")}


async def test_an_id_of_a_row_that_may_not_be_seen_is_as_one_of_nobody(seeded):
    row, check = seeded.rows["Recipient"][0], seeded.rows["MeansCheck"]
    far = next(each for each in check if not each["region"].startswith(DISTRICT))
    document = "query ($id: ID!) { node(id: $id) { id } }"
    assert await seeded.ask(ELSEWHERE, document, {"id": f"Recipient:{row['id']}"}) == {"node": None}
    assert await seeded.ask(COUNTY, document, {"id": f"MeansCheck:{far['id']}"}) == {"node": None}
    assert await seeded.ask(CITY, document, {"id": f"MeansCheck:{far['id']}"}) == {
        "node": {"id": f"MeansCheck:{far['id']}"}
    }
    several = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    ids = [f"MeansCheck:{far['id']}", f"Recipient:{row['id']}", f"Recipient:{row['id']}", f"Person:{row['id']}"]
    found = await seeded.ask(COUNTY, several, {"ids": ids})
    assert found["nodes"] == [None, {"id": ids[1]}, {"id": ids[2]}, None]


async def test_a_link_to_a_row_that_may_not_be_seen_is_null(seeded):
    """Of two linked rows in different places each is judged by its own place."""
    pool, row = seeded.runtime.pool, seeded.rows["Recipient"][0]
    document = "query ($id: ID!) { node(id: $id) { ... on Recipient { id person { id name } household { id } } } }"
    asked = {"id": f"Recipient:{row['id']}"}
    seen = {"id": asked["id"], "household": {"id": f"Household:{row['household_id']}"}}
    try:
        await pool.execute("UPDATE person SET region = '440300000' WHERE id = $1", row["person_id"])
        assert await seeded.ask(CITY, document, asked) == {"node": {**seen, "person": None}}
        await pool.execute("UPDATE person SET region = NULL WHERE id = $1", row["person_id"])
        assert await seeded.ask(CITY, document, asked) == {"node": {**seen, "person": None}}
    finally:
        region = seeded.by_id("Person")[row["person_id"]]["region"]
        await pool.execute("UPDATE person SET region = $2 WHERE id = $1", row["person_id"], region)
    assert (await seeded.ask(CITY, document, asked))["node"]["person"]["id"] == f"Person:{row['person_id']}"


async def test_a_filter_on_a_right_that_depends_on_the_row_finds_no_other_rows(seeded):
    """Masked amounts cannot be found out by asking for those above a bound."""
    found = await seeded.ask(
        COUNTY, '{ recipients(first: 1000, where: {monthlyAmount: {gt: "0"}}) { nodes { id region } } }'
    )
    assert {node["region"][:6] for node in found["recipients"]["nodes"]} == {DISTRICT}
    found = await seeded.ask(
        COUNTY, "{ recipients(first: 1000, where: {not: {monthlyAmount: {isNull: false}}}) { nodes { region } } }"
    )
    assert {node["region"][:6] for node in found["recipients"]["nodes"]} == {DISTRICT}
    found = await seeded.ask(
        COUNTY, "{ recipients(first: 1000, orderBy: [{field: MONTHLY_AMOUNT}]) { totalCount nodes { region } } }"
    )
    assert {node["region"][:6] for node in found["recipients"]["nodes"]} == {DISTRICT}
    assert found["recipients"]["totalCount"] == len(seeded.rows["Recipient"]) // 8


async def test_a_department_sees_only_its_own_findings(seeded):
    document = "{ meansChecks(first: 500) { nodes { findings { department kind } } } }"
    checks = (await seeded.ask(SOCIAL_SECURITY, document))["meansChecks"]["nodes"]
    assert {finding["department"] for check in checks for finding in check["findings"]} == {"SOCIAL_SECURITY"}
    checks = (await seeded.ask(CITY, document))["meansChecks"]["nodes"]
    departments = {finding["department"] for check in checks for finding in check["findings"]}
    assert departments == {"SOCIAL_SECURITY", "PUBLIC_SECURITY"}


async def test_a_value_that_was_changed_stops_the_whole_answer(seeded):
    row = seeded.rows["Person"][5]
    async with seeded.runtime.pool.acquire() as connection:
        sealed = await connection.fetchval("SELECT name FROM person WHERE id = $1", row["id"])
        try:
            await connection.execute(
                "UPDATE person SET name = set_byte(name, 25, get_byte(name, 25) # 1) WHERE id = $1", row["id"]
            )
            with pytest.raises(DoesNotOpen):
                await seeded.ask(CITY, "{ people(first: 1000) { nodes { name } } }")
            assert await seeded.ask(CITY, "{ people(first: 1000) { nodes { sex } } }")
        finally:
            await connection.execute("UPDATE person SET name = $2 WHERE id = $1", row["id"], sealed)


async def test_queries_run_where_nothing_can_be_written(seeded):
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await seeded.runtime.reading.kept.pool.execute("DELETE FROM finding")


@pytest.mark.parametrize(
    ("document", "statements"),
    [
        (ALL, 1),
        ("{ recipients { totalCount nodes { id } } }", 2),
        ("{ a: recipients { nodes { id household { members { totalCount } } } } b: households { nodes { id } } }", 2),
        ('{ person(idNumber: "230502193001010011") { id } }', 1),
        ("{ __typename }", 0),
    ],
)
async def test_a_query_runs_one_statement_for_each_root_and_each_total_of_one(seeded, document, statements):
    ran = []
    if "idNumber:" in document:
        document = document.replace("230502193001010011", seeded.rows["Person"][0]["id_number"])
    async with seeded.runtime.reading.acquire(kept=True) as connection:

        class Only:
            """A pool of this one connection, which tells of its statements."""

            def acquire(self, **_):
                return self

            async def __aenter__(self):
                return connection

            async def __aexit__(self, *_):
                return None

        engine = seeded.runtime.engine
        operation = engine.operation(document, None, CITY)
        planned = engine.plan(operation, {}, CITY)
        bound = engine.bind(planned, {}, CITY)
        with connection.query_logger(lambda record: ran.append(record.query)):
            await engine.fetch(planned, bound, Only())
            await asyncio.sleep(0)  # the driver tells a moment later
    assert len([query for query in ran if query.lstrip().startswith("SELECT")]) == statements
    assert len(ran) == statements + (2 if statements > 1 else 0)
