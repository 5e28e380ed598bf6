"""The same question in numbers, by four viewers, against what stands in the database."""

from __future__ import annotations

from decimal import Decimal

import asyncpg

QUERY = """{ recipientStats(groupBy: [CATEGORY, STATUS]) { smallestGroup
    groups { category status count suppressed } total { count } } }"""
AMOUNTS = "{ recipientStats(groupBy: CATEGORY) { groups { category count sum { monthlyAmount } } } }"


async def rows_of(hub, query):
    connection = await asyncpg.connect(hub.database)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def test_civil_affairs_and_the_auditor_count_what_stands_in_the_database(ask):
    found = await rows_of(ask.hub, "SELECT category, status, count(*) FROM recipient GROUP BY 1, 2")
    real = {row[:2]: row[2] for row in found}
    for viewer in ("civil-affairs", "auditor"):
        stats = (await ask.data(viewer, QUERY))["recipientStats"]
        assert stats["total"]["count"] == sum(real.values())
        assert {(group["category"], group["status"]) for group in stats["groups"]} >= set(real)
        shown = 0
        for group in stats["groups"]:
            count = real.get((group["category"], group["status"]), 0)
            if not group["suppressed"]:
                assert group["count"] == count >= stats["smallestGroup"]
                shown += 1
        assert shown >= 3


async def test_civil_affairs_adds_amounts_up_and_the_auditor_may_not(ask):
    found = await rows_of(ask.hub, "SELECT category, count(*), sum(monthly_amount) FROM recipient GROUP BY 1")
    groups = (await ask.data("civil-affairs", AMOUNTS))["recipientStats"]["groups"]
    real = {row[0]: (row[1], row[2]) for row in found}
    for group in groups:
        if group["count"] is not None:
            amount = group["sum"]["monthlyAmount"]
            assert (group["count"], Decimal(amount)) == real[group["category"]]
    assert any(group["count"] for group in groups)
    refusal = await ask.refusal("auditor", AMOUNTS)
    assert (refusal["status"], refusal["extensions"]["code"]) == (403, "HUB-201")
    assert "monthlyAmount" in refusal["message"]


async def test_social_security_may_read_enrolments_but_not_count_by_them(ask):
    refusal = await ask.refusal("social-security", QUERY)
    assert (refusal["status"], refusal["extensions"]["code"]) == (403, "HUB-201")
    assert "category" in refusal["message"]


async def test_for_a_charity_there_are_no_recipients_to_count(ask):
    refusal = await ask.refusal("charity", QUERY)
    assert (refusal["status"], refusal["extensions"]["code"]) == (400, "HUB-103")


async def test_introspection_shows_counts_to_those_who_may_count(ask):
    query = '{ __schema { queryType { fields { name } } } __type(name: "RecipientStatsGroup") { fields { name } } }'
    shown = {}
    for viewer in ("civil-affairs", "auditor", "social-security", "charity"):
        data = await ask.data(viewer, query)
        shown[viewer] = (
            {field["name"] for field in data["__schema"]["queryType"]["fields"]},
            {field["name"] for field in (data["__type"] or {"fields": []})["fields"]},
        )
    assert "recipientStats" in shown["civil-affairs"][0] & shown["auditor"][0]
    assert "sum" in shown["civil-affairs"][1]
    assert "sum" not in shown["auditor"][1]
    assert "recipientStats" not in shown["social-security"][0] | shown["charity"][0]


async def test_a_count_is_accounted_for_with_the_fields_it_was_made_of(ask):
    where = '{category: {in: [DIBAO]}, region: {within: "2305"}}'
    await ask.data("civil-affairs", f"{{ recipientStats(groupBy: STATUS, where: {where}) {{ total {{ count }} }} }}")
    [[fields, subjects]] = await rows_of(
        ask.hub, "SELECT fields::text, length(subjects) FROM audit_record ORDER BY seq DESC LIMIT 1"
    )
    for name in ("category", "region", "status"):
        assert f'"recipientStats.{name}": "AGGREGATED"' in fields
    assert subjects == 0
