"""The root type of a plan is a parameter: fields of Query, or a selection on one row of an entity."""

from __future__ import annotations

from uuid import UUID

from hub.query.plan.fields import LinkField, ListField, RelayConnection, TotalCountField
from hub.query.plan.planner import RowSelection
from hub.query.plan.roots import ConnectionRoot, NullRoot, OneRoot
from seeded_hub import CHARITY, COUNTY, SOCIAL_SECURITY

ROW = UUID("00000000-0000-7000-8000-000000000001")
BELOW_A_CHANGE = """query ($n: Int) { changed: recipients { nodes {
    id category person { name idNumber } household { meansChecks(first: $n) { totalCount nodes { outcome } } } } } }"""


def rooted(engine, principal, variables):
    """The selection on a recipient, as it would stand below a change that was made to one."""
    operation = engine.operation(BELOW_A_CHANGE, None, principal)
    [changed] = operation.definition.selection_set.selections
    row = RowSelection(
        "Recipient", tuple(changed.selection_set.selections), (("changed", "changeRecipient"), ("row", "recipient"))
    )
    values = engine.variables(operation, variables, principal)
    return engine.plan(operation, values, principal, root=row), values


def test_a_selection_is_planned_on_one_row_that_the_execution_names(engine):
    planned, variables = rooted(engine, COUNTY, {"n": 2})
    [root] = planned.plan.roots
    assert isinstance(root, OneRoot)
    assert root.key == "row"
    assert root.rows.node.table.entity.name == "Recipient"
    [sql] = planned.sql.values()
    bound = engine.bind(planned, variables, COUNTY, row=ROW)
    [given] = {bound.values[take.index] for take in sql.takes if hasattr(take, "index")} - {2}
    assert given == ROW
    assert sql.kept  # one row by its id, whatever the id
    assert planned.plan.fields["changeRecipient.recipient.person.idNumber"] == "CONDITIONAL"


def test_policy_decides_on_the_rows_and_fields_of_a_selection_below_a_change(engine):
    planned, _ = rooted(engine, COUNTY, {"n": 2})
    [sql] = planned.sql.values()
    condition = sql.text[sql.text.rindex("WHERE") :]
    assert "'2305'" in condition  # a row that was moved out of the viewer's prefecture is not shown
    social, _ = rooted(engine, SOCIAL_SECURITY, {"n": 2})
    assert social.plan.fields["changeRecipient.recipient.person.idNumber"] == "MASKED"


def test_a_selection_on_what_does_not_exist_for_the_viewer_reads_nothing(engine):
    operation = engine.operation("{ needs { nodes { kind } } }", None, CHARITY)
    [changed] = operation.definition.selection_set.selections
    row = RowSelection("Recipient", tuple(changed.selection_set.selections), (("row", "recipient"),))
    planned = engine.plan(operation, {}, CHARITY, root=row)
    assert planned.plan.roots == (NullRoot("row"),)
    assert not planned.sql
    assert [entry.decision for entry in planned.plan.access] == ["WITHHELD"]


def test_a_selection_on_a_row_and_the_query_around_it_are_plans_of_their_own(engine):
    planned, variables = rooted(engine, COUNTY, {"n": 2})
    operation = engine.operation(BELOW_A_CHANGE, None, COUNTY)
    whole = engine.plan(operation, variables, COUNTY)
    assert isinstance(whole.plan.roots[0], ConnectionRoot)
    assert rooted(engine, COUNTY, {"n": 2})[0] is planned
    assert planned is not whole


def test_what_hangs_on_a_row_is_a_child_of_its_node_and_its_total_is_made_where_it_stands(engine):
    planned, _ = rooted(engine, COUNTY, {"n": 2})
    [root] = planned.plan.roots
    household = next(item for item in root.rows.object.fields if item.key == "household")
    assert isinstance(household, LinkField)
    [checks] = household.object.fields
    assert isinstance(checks, ListField)
    assert isinstance(checks.rows, RelayConnection)
    [total] = [part for part in checks.rows.fields if isinstance(part, TotalCountField)]
    assert root.rows.node.children == (checks.rows.node, total.node)
    assert total.node.parent is checks.rows.node.parent
    assert checks.rows.node.parent.key in root.rows.node.columns
