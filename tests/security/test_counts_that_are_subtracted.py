"""Attack: ask for two counts and subtract them: of today and of before, of two purposes, of two sets of divisions.

Whoever sees counts and no rows is held to what it was shown before (``hub.query.count_memory``).
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from acting_hub import PARTNERS, acting_on
from benchmarks.seed import seed
from granting import put_in_force
from hub.postgres import embedded
from hub.store.partners import renew_partner

SCHEMA = Path(__file__).parents[2] / "schema"
ONE_STATUS = """
@id("counts-of-those-in-force") @reason("a second purpose, with other rows") @reason_zh("另一目的，另一些行")
permit (principal in Role::"auditor", action in [Action::"aggregate", Action::"filter"], resource is Recipient)
when { context.purpose == "data-sharing" && resource.status == "ACTIVE" };
"""
BY_CATEGORY = "{ recipientStats(groupBy: [CATEGORY]) { asOf groups { category count suppressed } total { count } } }"
BY_BOTH = "{ recipientStats(groupBy: [CATEGORY, STATUS]) { asOf groups { category status count } total { count } } }"
BY_STATUS = "{ recipientStats(groupBy: [STATUS]) { asOf groups { status count suppressed } total { count } } }"
MOVED_AWAY = "UPDATE recipient SET region = '110101' WHERE id = (SELECT id FROM recipient LIMIT 1)"
MONTH = "UPDATE counted_table SET made_at = made_at - interval '31 days'"


@pytest.fixture
async def hub(server, migrated_template, tmp_path, request):
    schema = tmp_path / "schema"
    shutil.copytree(SCHEMA, schema)
    (schema / "policies" / "more.cedar").write_text(ONE_STATUS, encoding="utf-8")
    url = await embedded.create_database(
        server.url, f"subtracted_{abs(hash(request.node.name))}", template=migrated_template
    )
    async with acting_on(url, schema_dir=schema, counts_per_day=4) as made:
        pool = made.runtime.pool
        await seed(pool, made.runtime.vault, 60)
        await pool.execute("UPDATE partner SET purposes = array_append(purposes, 'statistics') WHERE name = 'auditor'")
        for partner, purpose in (
            ("auditor", "statistics"),
            ("auditor", "data-sharing"),
            ("civil-affairs", "statistics"),
        ):
            await put_in_force(pool, partner, purpose)
        yield made


async def counts(hub, query=BY_CATEGORY, purpose="statistics", partner="auditor"):
    return (await hub.ask(partner, query, purpose=purpose))["recipientStats"]


def by_category(found):
    return {group["category"]: group["count"] for group in found["groups"]}


async def some_change(hub, rows=1):
    """Let some people's assistance become another one."""
    done = await hub.runtime.pool.execute(
        "UPDATE recipient SET category = 'TEKUN' WHERE id IN (SELECT id FROM recipient WHERE category = 'DIBAO' "
        f"ORDER BY id LIMIT {rows})"
    )
    assert done == f"UPDATE {rows}"


async def test_the_same_question_has_the_same_answer_for_a_month(hub):
    first = await counts(hub)
    assert by_category(first)["DIBAO"] > 10
    await some_change(hub)
    assert await counts(hub) == first
    assert (await hub.ask("civil-affairs", BY_CATEGORY, purpose="assistance-review")) != {"recipientStats": first}


async def test_a_month_later_what_changed_by_one_person_is_withheld(hub):
    first = by_category(await counts(hub))
    await some_change(hub)
    await hub.runtime.pool.execute(MONTH)
    second = by_category(await counts(hub))
    assert second["DIBAO"] is second["TEKUN"] is None
    assert {name: count for name, count in second.items() if count is not None}.items() <= first.items()


async def test_what_changed_by_as_many_people_as_a_group_must_have_is_shown(hub):
    first = by_category(await counts(hub))
    assert first["TEKUN"] is not None
    await some_change(hub, 6)
    await hub.runtime.pool.execute(MONTH)
    second = by_category(await counts(hub))
    assert (first["DIBAO"] - second["DIBAO"], second["TEKUN"] - first["TEKUN"]) == (6, 6)


async def test_another_grouping_does_not_tell_what_changed_meanwhile(hub):
    await counts(hub)
    await some_change(hub)
    found = await counts(hub, BY_BOTH)
    assert all(group["count"] is None for group in found["groups"] if group["category"] in {"DIBAO", "TEKUN"})


async def test_a_total_that_changed_by_one_person_is_not_told(hub):
    first = await counts(hub)
    await hub.runtime.pool.execute(MOVED_AWAY)
    await hub.runtime.pool.execute(MONTH)
    again = await counts(hub)
    assert again.pop("asOf") < first.pop("asOf")  # with the date of the month before
    assert again == first
    other = await counts(hub, BY_STATUS)
    assert other["total"]["count"] is None
    assert all(group["suppressed"] for group in other["groups"])


async def test_two_purposes_with_a_few_rows_between_them_do_not_tell_of_these(hub):
    pool = hub.runtime.pool
    await pool.execute("UPDATE recipient SET status = 'ACTIVE'")
    await pool.execute(
        "UPDATE recipient SET status = 'ENDED' WHERE id IN (SELECT id FROM recipient WHERE category = 'DIBAO' LIMIT 3)"
    )
    everyone, in_force = await counts(hub), await counts(hub, purpose="data-sharing")
    assert everyone["total"]["count"] is not None
    assert in_force["total"]["count"] is None
    assert all(group["count"] is None for group in in_force["groups"])


async def test_two_sets_of_divisions_with_a_few_rows_between_them_do_not_tell_of_these(hub):
    pool = hub.runtime.pool
    await counts(hub, partner="civil-affairs")
    alone = await pool.fetchval("SELECT region FROM recipient GROUP BY region ORDER BY count(*) LIMIT 1")
    assert 0 < await pool.fetchval("SELECT count(*) FROM recipient WHERE region = $1", alone) < 5
    others = await pool.fetch("SELECT DISTINCT region FROM recipient WHERE region <> $1", alone)
    role, purposes = PARTNERS["civil-affairs"]
    await renew_partner(
        pool, "civil-affairs", department=role, roles=[role], regions=[row[0] for row in others], purposes=purposes
    )
    assert (await counts(hub, partner="civil-affairs"))["total"]["count"] is None


async def test_ten_requests_at_once_make_one_table(hub):
    found = await asyncio.gather(*[counts(hub) for _ in range(10)])
    assert all(each == found[0] for each in found)
    assert await hub.runtime.pool.fetchval("SELECT count(*) FROM counted_table WHERE partner = 'auditor'") == 1


async def test_different_tables_are_limited_by_the_day_and_those_that_were_shown_are_shown_again(hub):
    queries = [
        f"{{ recipientStats(groupBy: [{by}]) {{ total {{ count }} }} }}"
        for by in (
            "CATEGORY, STATUS",
            "REGION_COUNTY",
            "REGION_COUNTY, STATUS",
            "REGION_TOWNSHIP",
            "REGION_COUNTY, CATEGORY",
        )
    ]
    for query in queries[:4]:
        await counts(hub, query)
    refused = await hub.post("auditor", queries[4], purpose="statistics")
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "HUB-137")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    await counts(hub, queries[0])


async def test_what_is_remembered_is_sealed_and_bound_to_its_row(hub):
    await counts(hub)
    pool = hub.runtime.pool
    kept = bytes(await pool.fetchval("SELECT counts FROM counted_table"))
    assert b"DIBAO" not in kept
    assert b"category" not in kept
    await pool.execute("UPDATE counted_table SET id = gen_random_uuid()")
    body = (await hub.post("auditor", BY_STATUS, purpose="statistics")).json()
    assert body["errors"][0]["extensions"]["code"] == "HUB-501"


async def test_whoever_reads_the_rows_is_not_held_to_counts(hub):
    query = "{ recipientStats(groupBy: [CATEGORY]) { total { count } } }"
    before = await hub.ask("civil-affairs", query, purpose="assistance-review")
    await hub.runtime.pool.execute(MOVED_AWAY)
    after = await hub.ask("civil-affairs", query, purpose="assistance-review")
    assert before["recipientStats"]["total"]["count"] == after["recipientStats"]["total"]["count"] + 1
    assert await hub.runtime.pool.fetchval("SELECT count(*) FROM counted_table") == 0


async def test_counts_are_held_to_what_was_shown_whatever_else_a_document_asks_for(hub):
    asked = (
        "{ catalogueVersion { digest } a: recipientStats { total { count } } b: recipientStats { total { count } } }"
    )
    found = await hub.ask("auditor", asked, purpose="statistics")
    assert len(found["catalogueVersion"]["digest"]) > 10
    assert found["a"] == found["b"]
    await hub.runtime.pool.execute(MOVED_AWAY)
    assert (await hub.ask("auditor", asked, purpose="statistics"))["a"] == found["a"]
    assert await hub.runtime.pool.fetchval("SELECT count(*) FROM counted_table") == 1


async def test_what_stands_is_answered_without_counting_anew(hub):
    first = await counts(hub)
    await hub.runtime.pool.execute("ALTER TABLE recipient RENAME TO recipient_away")
    assert await counts(hub) == first
    assert (await hub.post("auditor", BY_BOTH, purpose="statistics")).status_code >= 500
