"""JSON that PostgreSQL writes is what this process would write, is accounted for, and has no bound of its own."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from hub.query.engine import Engine
from hub.query.statement import layout
from seeded_hub import CITY, COUNTY

CHECKS = """meansChecks(first: 2) { __typename a: edges { b: node { outcome __typename } node { checkedAt } __typename }
    nodes { id outcome household { id size region } %s } }"""
WHOLE = f"{{ households(first: 7) {{ nodes {{ id size {CHECKS % ''} }} }} }}"
ABOUT_PEOPLE = f"{{ households(first: 7) {{ nodes {{ id size {CHECKS % 'findings { kind }'} }} }} }}"
"""Whoever findings are about stands in the audit: their rows come one by one, and so does what they hang on."""


async def answer(seeded, principal, document, engine=None):
    engine = engine or seeded.runtime.engine
    operation = engine.operation(document, None, principal)
    planned = engine.plan(operation, {}, principal)
    bound = engine.bind(planned, {}, principal)
    return engine.reveal(planned, bound, await engine.fetch(planned, bound, seeded.runtime.reading), operation, {})


def without_json_sql(seeded, monkeypatch):
    """An engine that writes all JSON itself."""
    monkeypatch.setattr(layout, "in_runs", lambda fields: fields)
    monkeypatch.setattr(layout, "is_json_list", lambda _listed: False)
    known = seeded.runtime.engine
    return Engine(known.schemas, known.catalogue, known.policies, known.vault, known.limits)


@pytest.mark.parametrize("viewer", [CITY, COUNTY])
@pytest.mark.parametrize(("document", "whole"), [(WHOLE, True), (ABOUT_PEOPLE, False)])
async def test_both_ways_give_the_same_text_rows_and_subjects(seeded, monkeypatch, viewer, document, whole):
    by_server = await answer(seeded, viewer, document)
    assert (b"\n" in orjson.dumps(by_server.data)) is whole
    by_hub = await answer(seeded, viewer, document, without_json_sql(seeded, monkeypatch))
    assert b"\n" not in orjson.dumps(by_hub.data)
    assert orjson.dumps(by_server.data).replace(b"\n", b"") == orjson.dumps(by_hub.data)
    assert by_server.rows == by_hub.rows > 7
    assert by_server.subjects == by_hub.subjects


async def test_every_row_of_a_list_that_the_server_writes_is_counted(seeded):
    [household] = {row["household_id"] for row in seeded.rows["MeansCheck"][:1]}
    mine = [row for row in seeded.rows["MeansCheck"] if row["household_id"] == household]
    document = (
        f'{{ node(id: "Household:{household}") {{ ... on Household {{ meansChecks {{ nodes {{ outcome }} }} }} }} }}'
    )
    assert (await answer(seeded, CITY, document)).rows == 1 + len(mine)


@pytest.mark.parametrize("below", ["edges { relationship }", "edges { cursor }", "edges { __typename }"])
async def test_people_are_named_in_the_record_of_an_answer_that_shows_their_edges_alone(seeded, below):
    document = f"{{ households(first: 5) {{ nodes {{ members {{ {below} }} }} }} }}"
    members = "{ households(first: 5) { nodes { members { nodes { id } } } } }"
    alone = await answer(seeded, CITY, document)
    assert alone.subjects == (await answer(seeded, CITY, members)).subjects
    assert len(alone.subjects) == 10


async def test_as_many_aliases_as_a_document_may_have_are_written_by_the_server(seeded):
    many = " ".join(f"a{at}: outcome" for at in range(190))
    document = f"{{ households(first: 2) {{ nodes {{ meansChecks(first: 2) {{ nodes {{ {many} }} }} }} }} }}"
    found = await seeded.ask(CITY, document)
    for household in found["households"]["nodes"]:
        for check in household["meansChecks"]["nodes"]:
            assert len(check) == 190
            assert len(set(check.values())) == 1


async def test_a_clients_words_stand_in_no_sql(seeded):
    document = """{ households(first: 2) { nodes { x13644073712: size y13644073712: region
        meansChecks(first: 2) { z13644073712: nodes { w13644073712: outcome } } } } }"""
    planned = seeded.plan(CITY, document)
    assert "13644073712" not in "".join(sql.text for sql in planned.sql.values())
    assert (await seeded.ask(replace(CITY), document))["households"]["nodes"][0]["meansChecks"]["z13644073712"]
