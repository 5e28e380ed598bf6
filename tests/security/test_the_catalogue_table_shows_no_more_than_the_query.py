"""Attack: download as a table what the query for the catalogue does not list, or download it as nobody."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from hub.domain import CATALOGUE

VIEWERS = {
    "civil-affairs": "assistance-review",
    "social-security": "means-check",
    "data-authority": "data-sharing",
    "auditor": "audit",
    "charity": "charity-matching",
}
QUERY = "{ catalogue { name items { name } updates { source } } }"


async def tables(acting, viewer):
    """The lines of both forms, and their texts, as this viewer gets them."""
    headers = {"Authorization": f"Bearer {acting.tokens[viewer]}", "Hub-Purpose": VIEWERS[viewer]}
    written = await acting.client.get("/catalogue.csv", headers=headers)
    book = await acting.client.get("/catalogue.xlsx", headers=headers)
    [head, *lines] = csv.reader(io.StringIO(written.content.decode("utf-8-sig"), newline=""))
    sheets = load_workbook(io.BytesIO(book.content))
    assert len(sheets.sheetnames) == 1
    [_, *rows] = sheets.active.iter_rows(values_only=True)
    code = head.index("数据项编码")
    return [[line[code] for line in lines], [row[code] for row in rows]], lines


@pytest.mark.parametrize("viewer", VIEWERS)
async def test_a_table_lists_the_items_that_the_query_lists_to_this_viewer(acting, viewer):
    listed = (await acting.ask(viewer, QUERY, purpose=VIEWERS[viewer]))["catalogue"]
    known = [f"{entry['name']}.{item['name']}" for entry in listed for item in entry["items"]]
    found, _ = await tables(acting, viewer)
    assert found == [known, known]


async def test_a_charity_finds_no_word_of_an_entity_that_does_not_exist_for_it(acting):
    found, lines = await tables(acting, "charity")
    shown = {code.partition(".")[0] for code in found[0]}
    assert {"Need", "CharityResource"} <= shown
    hidden = [owner for owner in CATALOGUE if owner.name not in shown]
    assert {"Person", "Finding", "SharingRequest"} <= {owner.name for owner in hidden}
    words = {cell for line in lines for cell in line}
    for owner in hidden:
        assert owner.name not in words
        assert owner.en not in words
        assert owner.zh not in words


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_strangers_and_foreign_purposes_get_no_table(acting, form):
    refused = await acting.client.get(f"/catalogue.{form}")
    assert refused.status_code == 401
    headers = {"Authorization": f"Bearer {acting.tokens['charity']}", "Hub-Purpose": "assistance-review"}
    refused = await acting.client.get(f"/catalogue.{form}", headers=headers)
    assert refused.status_code == 403
    assert "csv" not in refused.headers["content-type"]
