"""One layout says where in a row everything is found: statements are written by it, and answers are made by it."""

from __future__ import annotations

import re

import pytest

from hub.query.plan.fields import ListField
from hub.query.plan.tree import ReadNode
from hub.query.statement.layout import JsonRun
from seeded_hub import CITY, COUNTY, SOCIAL_SECURITY

DOCUMENTS = (
    """{ recipients(first: 3) { totalCount edges { cursor node { id category status person { name idNumber }
         household { size members { edges { relationship node { name } } } meansChecks(first: 2) { nodes { outcome } }
         } } } } }""",
    """{ a: recipients { nodes { id category } edges { node { id category } } }
         b: regions { nodes { name } totalCount } }""",
    '{ person(idNumber: "x") { name households { totalCount nodes { address meansChecks { nodes { outcome } } } } } }',
)


def laid_out(engine, principal, document):
    return engine.plan(engine.operation(document, None, principal), {}, principal)


@pytest.mark.parametrize("principal", [CITY, COUNTY, SOCIAL_SECURITY])
@pytest.mark.parametrize("document", DOCUMENTS)
def test_everything_that_a_row_has_is_selected_at_its_place_and_nothing_else(engine, principal, document):
    planned = laid_out(engine, principal, document)
    for node, row in planned.layout.rows.items():
        assert [planned.layout.places[item] for item in row] == list(range(len(row)))
        if node in planned.sql:
            labels = re.findall(r" AS c(\d+)\b", planned.sql[node].text)
            assert sorted({int(label) for label in labels}) == list(range(len(row)))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_node_has_a_number_of_its_own_below_its_parents(engine, document):
    planned = laid_out(engine, CITY, document)
    numbers = planned.layout.numbers
    assert sorted(numbers.values()) == list(range(len(numbers)))
    for node in numbers:
        for child in node.children if isinstance(node, ReadNode) else ():
            assert numbers[child] > numbers[node]


def test_equal_runs_of_one_node_are_written_once(engine):
    planned = laid_out(engine, CITY, DOCUMENTS[1])
    [first, *_] = planned.layout.rows
    assert len([item for item in planned.layout.rows[first] if isinstance(item, JsonRun)]) == 1


def test_a_list_whose_rows_are_about_people_is_not_written_by_the_server(engine):
    """Whoever stands in an answer is named in its audit record."""
    planned = laid_out(
        engine, CITY, "{ households { nodes { members { nodes { sex } } meansChecks { nodes { outcome } } } } }"
    )
    [root] = planned.plan.roots
    [households] = [part.object for part in root.connection.fields]
    people, checks = [item.rows.node for item in households.fields if isinstance(item, ListField)]
    assert people.subjects
    assert people in planned.layout.rows
    assert list(planned.layout.lists) == [checks]
