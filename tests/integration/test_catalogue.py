"""The data catalogue over HTTP and in the database: its version, what is overdue, and the accounting for a table."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from openpyxl import load_workbook

from hub.domain import CATALOGUE
from hub.graph.catalogue import digest
from hub.store.catalogue_versions import note_version
from hub.write import new_id

ENTRIES = """{ catalogue { name departments lastUpdatedAt overdue share legalBasis
    updates { source lastUpdatedAt dueOn overdue daysLate } items { name share } }
  catalogueVersion { digest since } }"""
COUNTS = ("rows_read", "rows_loaded", "rows_unchanged", "rows_quarantined", "rows_not_concerned")


async def ran(acting, source, status, at):
    await acting.runtime.pool.execute(
        f"INSERT INTO sync_run (id, source, status, started_at, finished_at, {', '.join(COUNTS)}) "
        "VALUES ($1, $2, $3, $4, $4, 0, 0, 0, 0, 0)",
        new_id(), source, status, at,
    )  # fmt: skip


async def entries(acting, partner="civil-affairs", purpose="assistance-review"):
    data = await acting.ask(partner, ENTRIES, purpose=purpose)
    return {entry["name"]: entry for entry in data["catalogue"]}


async def test_updates_are_overdue_until_the_source_was_read_to_its_end(acting):
    never = (await entries(acting))["Recipient"]
    assert (never["overdue"], never["lastUpdatedAt"]) == (True, None)
    assert never["updates"] == [
        {"source": "civil-affairs", "lastUpdatedAt": None, "dueOn": None, "overdue": True, "daysLate": None}
    ]

    now = datetime.now(UTC)
    await ran(acting, "civil-affairs", "SUCCEEDED", now - timedelta(days=30))
    await ran(acting, "civil-affairs", "FAILED", now)
    late = (await entries(acting))["Recipient"]["updates"][0]
    assert late["overdue"]
    assert late["daysLate"] > 10
    assert datetime.fromisoformat(late["lastUpdatedAt"]) == now - timedelta(days=30)

    await ran(acting, "civil-affairs", "SUCCEEDED", now)
    mended = (await entries(acting))["Recipient"]
    assert (mended["overdue"], mended["updates"][0]["daysLate"]) == (False, 0)
    assert datetime.fromisoformat(mended["lastUpdatedAt"]) == now


async def test_the_version_is_that_of_the_declarations_and_keeps_its_date(acting):
    first = (await acting.ask("civil-affairs", ENTRIES))["catalogueVersion"]
    assert first["digest"] == digest(CATALOGUE)
    async with acting.runtime.pool.acquire() as connection:
        again = await note_version(connection, digest(CATALOGUE), datetime.now(UTC) + timedelta(days=1))
        assert again.since == datetime.fromisoformat(first["since"])

        transaction = connection.transaction()
        await transaction.start()
        later = datetime.now(UTC) + timedelta(days=2)
        assert (await note_version(connection, "another", later)).since == later
        # A change that is taken back is a change.
        back = await note_version(connection, digest(CATALOGUE), later)
        assert back.since == later
        await transaction.rollback()


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_table_is_downloaded_and_accounted_for_like_any_answer(acting, method, form):
    headers = {"Authorization": f"Bearer {acting.tokens['civil-affairs']}", "Hub-Purpose": "assistance-review"}
    response = await acting.client.request(method, f"/catalogue.{form}", headers=headers)
    assert response.status_code == 200
    assert response.headers["content-disposition"] == f'attachment; filename="catalogue.{form}"'
    assert response.headers["cache-control"] == "no-store"
    if form == "csv":
        [head, *lines] = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
    else:
        [head, *lines] = load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True)
    known = await entries(acting)
    code = list(head).index("数据项编码")
    assert [line[code] for line in lines] == [
        f"{name}.{item['name']}" for name, entry in known.items() for item in entry["items"]
    ]
    record = await acting.runtime.pool.fetchrow(
        "SELECT action, outcome, purpose FROM audit_record WHERE request_id = $1", response.headers["hub-request-id"]
    )
    assert tuple(record) == ("catalogue", "answered", "assistance-review")


async def test_what_costs_more_than_is_left_is_no_table(acting, monkeypatch):
    spending = acting.runtime.spending
    monkeypatch.setattr(spending, "per_minute", 10)
    headers = {"Authorization": f"Bearer {acting.tokens['auditor']}", "Hub-Purpose": "audit"}
    response = await acting.client.get("/catalogue.csv", headers=headers)
    assert response.status_code == 429
    assert response.json()["errors"][0]["extensions"]["code"] == "HUB-117"


async def test_an_item_that_is_not_shared_is_refused_with_its_legal_basis(acting):
    payload = await acting.step(
        "social-security", "submitSharingRequest",
        {
            "provider": "CIVIL_AFFAIRS", "items": ["QuarantinedRow.row"], "purpose": "benefit-coordination",
            "regions": ["2305"], "method": "QUERY", "basis": "社会救助暂行办法第五十八条",
            "scenario": "核对养老金与救助待遇是否重复", "startsOn": "2099-01-01", "endsOn": "2099-12-31",
        },
    )  # fmt: skip
    [error] = payload["errors"]
    assert (error["code"], error["article"]) == ("HUB-155", "SR 15")
    assert "第八条" in error["message"]
