"""What PostgreSQL spells is what this process would spell, is accounted for, and has no bound of its own."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

import hub.query.answer.reveal
import hub.query.engine
from hub.query.engine import Engine
from hub.query.statement.json_sql import Spelled
from seeded_hub import CITY, COUNTY

LISTS = """{ households(first: 7) { nodes { id size meansChecks(first: 2) {
    __typename a: edges { b: node { outcome __typename } node { checkedAt } __typename }
    nodes { id outcome household { id size region } findings { kind } } } } } }"""


async def answer(seeded, principal, document, engine=None):
    engine = engine or seeded.runtime.engine
    operation = engine.operation(document, None, principal)
    planned = engine.plan(operation, {}, principal)
    bound = engine.bind(planned, {}, principal)
    return engine.reveal(planned, bound, await engine.fetch(planned, bound, seeded.runtime.reading), operation, {})


def without_spelling(seeded, monkeypatch):
    """An engine that spells everything itself."""

    def nothing(plan):
        everything = {at: {n: n for n in range(len(each.columns))} for at, each in enumerate(plan.statements)}
        return Spelled({}, {}, everything)

    monkeypatch.setattr(hub.query.engine, "spelled", nothing)
    monkeypatch.setattr(hub.query.answer.reveal, "grouped", lambda cells: cells)
    known = seeded.runtime.engine
    return Engine(known.views, known.catalogue, known.policies, known.vault, known.limits)


@pytest.mark.parametrize("viewer", [CITY, COUNTY])
async def test_both_ways_give_the_same_text_rows_and_subjects(seeded, monkeypatch, viewer):
    spelled = await answer(seeded, viewer, LISTS)
    by_hand = await answer(seeded, viewer, LISTS, without_spelling(seeded, monkeypatch))
    assert orjson.dumps(spelled.data).replace(b"\n", b"") == orjson.dumps(by_hand.data)
    assert spelled.rows == by_hand.rows > 7
    assert spelled.subjects == by_hand.subjects


async def test_every_row_of_a_spelled_list_is_counted(seeded):
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


async def test_as_many_aliases_as_a_document_may_have_are_spelled(seeded):
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
