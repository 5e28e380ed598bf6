"""Exports, asked of the application itself, so that a test decides when the client reads."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import pytest_asyncio

import hub.app
import hub.http.state
from granting import put_in_force
from hub.auth import issue_token
from hub.store import partners
from seeded_hub import RECIPIENTS

PAGE = 50
QUERY = "{ recipients { nodes { id monthlyAmount person { name idNumber } } } }"


@dataclass
class Client:
    """Speaks ASGI.

    ``takes``: chunks it takes before it reads no more (``full``). ``gone``: it has hung up.
    """

    app: object
    token: str
    purpose: str
    takes: int = 10_000
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    full: asyncio.Event = field(default_factory=asyncio.Event)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)

    async def post(self, body, accept="*/*"):
        given = [
            (b"authorization", f"Bearer {self.token}".encode()),
            (b"hub-purpose", self.purpose.encode()),
            (b"content-type", b"application/json"),
            (b"accept", accept.encode()),
        ]
        scope = {
            "type": "http", "method": "POST", "path": "/export", "raw_path": b"/export", "query_string": b"",
            "headers": given, "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "scheme": "http",
        }  # fmt: skip
        requested = False

        async def receive():
            nonlocal requested
            if not requested:
                requested = True
                return {"type": "http.request", "body": orjson.dumps(body), "more_body": False}
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {key.decode(): value.decode() for key, value in message["headers"]}
            elif message["body"]:
                if len(self.chunks) >= self.takes:
                    self.full.set()
                    await asyncio.Event().wait()
                self.chunks.append(message["body"])

        await self.app(scope, receive, send)
        return b"".join(self.chunks)


@pytest_asyncio.fixture(scope="module")
async def client(seeded):
    now = datetime.now(UTC)
    await partners.add_partner(
        seeded.runtime.pool, name="exporter", title="民政局", department="civil-affairs", roles=["civil-affairs"],
        regions=["2305"], purposes=["assistance-review"], now=now,
    )  # fmt: skip
    await put_in_force(seeded.runtime.pool, "exporter", "assistance-review")
    token = await issue_token(seeded.runtime.pool, "exporter", now, timedelta(days=1))
    app = hub.app.create_app(runtime=seeded.runtime)
    app.state.hub = hub.http.state.assemble(seeded.runtime)

    def new(**given):
        return Client(app, token.text, "assistance-review", **given)

    return new


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(hub.app, "EXPORT_PAGE", PAGE)


def read(text):
    return [orjson.loads(line) for line in text.splitlines()]


def rows_of(lines):
    return [line["row"] for line in lines if "row" in line]


def digest_of(text):
    rows = b"".join(line for line in text.splitlines(keepends=True) if line.startswith(b'{"row"'))
    return f"sha256:{hashlib.sha256(rows).hexdigest()}"


async def records(seeded, client):
    return await seeded.runtime.pool.fetch(
        "SELECT * FROM audit_record WHERE request_id = $1 ORDER BY seq", client.headers["hub-request-id"]
    )


async def test_an_export_has_every_row_once_and_ends_with_their_number_and_digest(client):
    text = await client().post({"query": QUERY})
    lines = read(text)
    assert list(lines[0]) == ["head"]
    assert lines[0]["head"]["access"] == []
    rows = rows_of(lines)
    assert len(rows) == len({row["id"] for row in rows}) == RECIPIENTS
    assert lines[-1]["end"]["rows"] == RECIPIENTS
    assert lines[-1]["end"]["digest"] == digest_of(text)
    assert [line["checkpoint"]["rows"] for line in lines if "checkpoint" in line] == [*range(PAGE, RECIPIENTS, PAGE)]


async def test_an_export_goes_on_behind_any_checkpoint(client):
    whole = rows_of(read(await client().post({"query": QUERY})))
    broken = client()
    lines = read(await broken.post({"query": QUERY}))
    third = [line["checkpoint"] for line in lines if "checkpoint" in line][2]
    text = await client().post({"query": QUERY, "after": third["cursor"]})
    rest = read(text)
    assert whole[: third["rows"]] + rows_of(rest) == whole
    assert rest[-1]["end"] == {
        "rows": RECIPIENTS - third["rows"],
        "digest": digest_of(text),
        "cursor": lines[-1]["end"]["cursor"],
    }


async def test_an_export_that_has_nothing_more_ends_where_it_began(client):
    end = read(await client().post({"query": QUERY}))[-1]["end"]
    lines = read(await client().post({"query": QUERY, "after": end["cursor"]}))
    assert rows_of(lines) == []
    assert lines[-1]["end"]["rows"] == 0
    assert lines[-1]["end"]["cursor"] == end["cursor"]


async def test_no_page_is_read_that_the_client_does_not_take(client, seeded):
    slow = client(takes=2)
    export = asyncio.create_task(slow.post({"query": QUERY}))
    await slow.full.wait()
    assert len(await records(seeded, slow)) == 3  # two taken, one in hand
    slow.gone.set()
    await export
    assert len(await records(seeded, slow)) == 3
    assert (seeded.runtime.reading.kept.leased, seeded.runtime.reading.anew.leased) == (0, 0)


async def test_every_page_is_accounted_for_before_it_leaves(client, seeded):
    one = client()
    lines = read(await one.post({"query": QUERY}))
    found = await records(seeded, one)
    assert {(record["action"], record["outcome"]) for record in found} == {("export", "answered")}
    assert len(found) == RECIPIENTS // PAGE
    assert sum(record["rows"] for record in found) >= len(rows_of(lines))
    people = {record["subjects"][at : at + 16] for record in found for at in range(0, len(record["subjects"]), 16)}
    assert len(people) > PAGE
    assert len({record["operation"] for record in found}) == 1


async def test_a_table_has_a_column_for_every_leaf(client):
    text = await client().post({"query": QUERY, "format": "csv", "bom": True})
    assert text.startswith(b"\xef\xbb\xbf")
    body, _, last = text.removesuffix(b"\r\n").rpartition(b"\r\n")
    table = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert table[0] == ["id", "monthlyAmount", "person.name", "person.idNumber"]
    expected = rows_of(read(await client().post({"query": QUERY})))
    assert table[1:] == [
        [row["id"], row["monthlyAmount"] or "", row["person"]["name"], row["person"]["idNumber"]] for row in expected
    ]
    assert last.startswith(b"# ")
    end = orjson.loads(last[2:])["end"]
    assert end["rows"] == RECIPIENTS
    assert end["digest"] == "sha256:" + hashlib.sha256(body + b"\r\n").hexdigest()


async def test_a_client_may_ask_for_a_table_by_what_it_accepts(client):
    one = client()
    await one.post({"query": QUERY}, accept="text/csv")
    assert one.headers["content-type"].startswith("text/csv")
    assert one.headers["content-disposition"] == 'attachment; filename="recipients.csv"'


async def test_pages_shrink_where_a_whole_one_would_cost_too_much(client):
    nested = """{ recipients { nodes { id household { members(first: 1000) { nodes { id } }
        meansChecks(first: 1000) { nodes { id findings { id } } } } } } }"""
    lines = read(await client().post({"query": nested}))
    assert lines[-1]["end"]["rows"] == RECIPIENTS
    assert next(line["checkpoint"]["rows"] for line in lines if "checkpoint" in line) < PAGE


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{ recipients { nodes { id } } people { nodes { id } } }"}, "HUB-140"),
        ({"query": "{ catalogue { name } }"}, "HUB-140"),
        ({"query": "{ __typename }"}, "HUB-140"),
        ({"query": "{ recipients(first: 3) { nodes { id } } }"}, "HUB-140"),
        ({"query": "{ recipients { nodes { id } totalCount } }"}, "HUB-140"),
        ({"query": "{ recipients { pageInfo { endCursor } } }"}, "HUB-140"),
        ({"query": "{ recipients { edges { cursor node { id } } } }"}, "HUB-140"),
        ({"query": QUERY, "format": "xlsx"}, "HUB-101"),
        ({"query": QUERY, "after": 3}, "HUB-101"),
        ({"query": QUERY, "bom": "yes"}, "HUB-101"),
        ({"query": QUERY, "after": "not-a-cursor"}, "HUB-107"),
        ({"query": "{ recipients { nodes { nothing } } }"}, "HUB-103"),
        (
            {"query": "{ recipients { nodes { id household { members { nodes { id } } } } } }", "format": "csv"},
            "HUB-141",
        ),
    ],
)
async def test_what_cannot_be_exported_is_refused_with_its_own_code(client, body, code):
    one = client()
    answer = orjson.loads(await one.post(body))
    assert answer["errors"][0]["extensions"]["code"] == code
    assert one.status == 400


async def test_fragments_variables_and_directives_are_as_in_any_query(client):
    query = """query All($where: RecipientWhere, $with: Boolean!, $rows: Boolean!) {
        all: recipients(where: $where, orderBy: [{field: APPROVED_ON, direction: DESC}]) {
            ...Rows @include(if: $rows) } }
        fragment Rows on RecipientConnection { edges { node { ...One } } }
        fragment One on Recipient { id person @include(if: $with) { name } }"""
    for included in (True, False):
        variables = {"where": {"region": {"within": "230502"}}, "with": included, "rows": True}
        lines = read(await client().post({"query": query, "variables": variables}))
        rows = rows_of(lines)
        assert 0 < len(rows) < RECIPIENTS
        assert all(("person" in row) is included for row in rows)
