"""What a cursor is bound to is written as bytes that no other process, version of Python or document changes."""

from __future__ import annotations

from hub.catalog import ID
from hub.catalog.predicate import (
    ALWAYS,
    NEVER,
    And,
    Compare,
    IsNull,
    Linked,
    Not,
    OneOf,
    Or,
    Within,
)
from hub.domain import CATALOGUE
from hub.query.plan.cursors import VERSION, canonical_form, restored
from hub.query.plan.parameters import Param
from hub.query.plan.roots import ConnectionRoot
from hub.query.plan.tree import NodeTable, OrderKey
from seeded_hub import CITY, viewer

ELSEWHERE = viewer("civil-affairs", "assistance-review", "2306")

EVERYTHING = And(
    (
        Or((ALWAYS, NEVER, Within("region", ("2305", "2306")), Within("region", Param(7)))),
        Not(IsNull("amount")),
        Compare("kind", "eq", "A"),
        Compare("amount", "gte", Param(8)),
        Compare("consented", "eq", value=True),
        OneOf("status", Param(9)),
        Linked("household", Compare("size", "gt", 3)),
    )
)
FORM = (
    b'[2,"RecipientConnection","Query.recipients",[["Recipient","region",true],["Recipient","id",true]],'
    b'["and",["or",["always"],["never"],["within","region",["2305","2306"]],["within","region",{"parameter":0}]],'
    b'["not",["isNull","amount"]],["eq","kind","A"],["gte","amount",{"parameter":1}],["eq","consented",true],'
    b'["in","status",{"parameter":2}],["link","household",["gt","size",3]]]]'
)


def test_whoever_changes_a_byte_of_the_canonical_form_raises_its_version():
    """Cursors that clients hold are refused as foreign otherwise, and nobody is told that the hub has changed."""
    table = NodeTable(CATALOGUE["Recipient"])
    order = [OrderKey(table, table.entity.fields["region"], descending=True), OrderKey(table, ID, descending=True)]
    assert (VERSION, canonical_form("RecipientConnection", "Query.recipients", order, EVERYTHING, 7)) == (2, FORM)


def scope(engine, principal, document, variables=None):
    operation = engine.operation(document, None, principal)
    plan = engine.plan(operation, engine.variables(operation, variables or {}, principal), principal).plan
    root = plan.roots[-1]
    assert isinstance(root, ConnectionRoot)
    return root.connection.scope


def test_a_list_has_one_form_wherever_it_stands_and_whatever_is_selected_of_it(engine):
    listed = 'recipients(first: 2, where: {status: {eq: ACTIVE}, region: {within: "2305"}})'
    alone = scope(engine, CITY, f"{{ {listed} {{ nodes {{ id }} }} }}")
    after_others = scope(
        engine,
        CITY,
        f"""{{ regions(where: {{code: {{within: "23"}}}}) {{ nodes {{ code }} }}
            {listed} {{ totalCount edges {{ cursor node {{ category }} }} }} }}""",
    )
    assert after_others.form == alone.form
    assert len(after_others.values) == len(alone.values) == 2


def test_lists_that_differ_in_rows_order_or_rights_have_different_forms(engine):
    forms = [
        scope(engine, principal, f"{{ recipients{given} {{ nodes {{ id }} }} }}").form
        for principal, given in (
            (CITY, ""),
            (ELSEWHERE, ""),
            (CITY, "(where: {status: {eq: ACTIVE}})"),
            (CITY, "(where: {not: {status: {eq: ACTIVE}}})"),
            (CITY, "(orderBy: [{field: REGION, direction: ASC}])"),
            (CITY, "(orderBy: [{field: REGION, direction: DESC}])"),
        )
    ]
    assert len(set(forms)) == len(forms)


def test_a_cursor_stands_where_its_row_stands_however_the_rows_code_is_spelled():
    """A code that ends in zeros means the division above it, but is another text, and another place in the order."""
    code = CATALOGUE["Region"].fields["code"]
    assert code.scalar.parse("230503000") == "230503"
    assert restored(code, "230503000") == "230503000"
