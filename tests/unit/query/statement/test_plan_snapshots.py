"""The SQL of plans, checked in, so that a reviewer sees it change. HUB_SNAPSHOTS=write makes the files anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from hub.catalog.predicate import NEVER
from hub.domain import CATALOGUE
from hub.query.statement.sql import Constant
from seeded_hub import AUDITOR, CHARITY, CITY, COUNTY, SOCIAL_SECURITY, viewer

HERE = Path(__file__).parent / "snapshots"
FIXED = """
{ recipients(first: 3, where: {region: {within: "230502"}}) {
    edges { cursor node { id category status monthlyAmount region
      person { name idNumber birthDate phone }
      household { id size address members(first: 10) { edges { node { name } } }
        meansChecks(first: 2) { edges { node { outcome checkedAt findings { department kind value } } } } } } }
    pageInfo { hasNextPage endCursor } } }
"""
VIEWERS = {
    "civil-affairs-of-a-county": COUNTY,
    "civil-affairs-of-the-city": CITY,
    "social-security": SOCIAL_SECURITY,
}
OTHERS = {
    "one-person": (COUNTY, '{ person(idNumber: "x") { name idNumber phone households { nodes { address } } } }'),
    "one-node": (COUNTY, "query ($id: ID!) { node(id: $id) { ... on Household { size address } } }"),
    "backward-mixed-order": (
        COUNTY,
        """query ($c: String) { recipients(last: 5, before: $c,
             orderBy: [{field: MONTHLY_AMOUNT, direction: DESC}, {field: APPROVED_ON}]) { edges { cursor } } }""",
    ),
    "counted": (COUNTY, "{ households { totalCount nodes { members { totalCount nodes { sex } } } } }"),
    "across-links": (
        COUNTY,
        """{ recipients(where: {person: {birthDate: {lt: "1960-01-01"}}, not: {household: {size: {gt: 3}}}}) {
             nodes { id } } }""",
    ),
    "lists-written-as-json-by-the-server": (
        COUNTY,
        """{ recipients(first: 2) { nodes { household { id size
             meansChecks(first: 2, orderBy: [{field: CHECKED_AT, direction: DESC}]) {
               __typename edges { node { id outcome checkedAt household { size region } } } } } } } }""",
    ),
    "a-page-of-any-size": (
        COUNTY,
        "query ($n: Int) { recipients(first: $n) { nodes { id household { members(first: $n) { totalCount } } } } }",
    ),
    "charity-needs": (CHARITY, "{ needs { nodes { kind urgent county region description } } }"),
}
VARIABLES = {
    "a-page-of-any-size": {"n": 100},
    "one-node": {"id": "Household:00000000-0000-7000-8000-000000000001"},
    "backward-mixed-order": {"c": "x"},
}


def plan(engine, document, principal, variables=None):
    operation = engine.operation(document, None, principal)
    return engine.plan(operation, engine.variables(operation, variables or {}, principal), principal)


def shown(planned):
    """The plan as a reviewer reads it: each statement with its parameters, then what is said of access."""
    lines = []
    for node, sql in planned.sql.items():
        text = re.sub(r"( AS c\d+,) ", r"\1\n       ", sql.text)  # a column a line
        lines += [f"-- statement {planned.layout.numbers[node]}", *(line.rstrip() for line in text.splitlines())]
        for number, take in enumerate(sql.takes, start=1):
            given = take.value if isinstance(take, Constant) else planned.plan.binders[take.index].where
            lines.append(f"-- ${number}: {given!r}" if isinstance(take, Constant) else f"-- ${number} from {given}")
    lines += [
        f"-- {entry.decision} {entry.path}: {entry.reason} ({', '.join(entry.policies)})"
        for entry in planned.plan.access
    ]
    return "\n".join(lines) + "\n"


def compare(name, text):
    file = HERE / f"{name}.sql"
    if os.environ.get("HUB_SNAPSHOTS") == "write":
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", VIEWERS)
def test_the_fixed_query_is_planned_for_each_viewer_as_reviewed(engine, name):
    compare(f"fixed-query-{name}", shown(plan(engine, FIXED, VIEWERS[name])))


@pytest.mark.parametrize("name", OTHERS)
def test_other_shapes_are_planned_as_reviewed(engine, name):
    principal, document = OTHERS[name]
    compare(name, shown(plan(engine, document, principal, VARIABLES.get(name))))


def test_every_snapshot_belongs_to_a_test():
    assert {file.stem for file in HERE.iterdir()} == {*(f"fixed-query-{name}" for name in VIEWERS), *OTHERS}


RECIPIENT = "id category status monthlyAmount region approvedOn validUntil"
HOUSEHOLD = "id region address size declaredMonthlyIncome declaredVehicles declaredHomes checkAuthorisedOn"
PERSON = "id idNumber name sex birthDate phone region registeredRegion registeredAddress"
FINDINGS = "findings { nodes { id department kind value amount observedOn region } }"
MEMBERS = "members { edges { relationship node { id } } }"
ABOUT_HOUSEHOLDS = f"{{ recipients {{ nodes {{ {RECIPIENT} household {{ {HOUSEHOLD} }} }} }} }}"
ABOUT_PEOPLE = (
    f"{{ recipients {{ nodes {{ {RECIPIENT} household {{ {HOUSEHOLD} {MEMBERS} }} person {{ {PERSON} }} }} }} }}"
)
ABOUT_MEANS = ABOUT_PEOPLE.replace(PERSON, f"{PERSON} {FINDINGS}")


@pytest.mark.parametrize(
    ("principal", "document"),
    [
        (CITY, ABOUT_MEANS),
        (COUNTY, ABOUT_MEANS),
        (SOCIAL_SECURITY, ABOUT_MEANS),
        (viewer("social-security", "benefit-coordination", "2305"), ABOUT_PEOPLE),
        (viewer("civil-affairs", "statistics", "2305"), ABOUT_HOUSEHOLDS),
        (AUDITOR, ABOUT_HOUSEHOLDS),
    ],
)
def test_columns_stand_in_statements_where_they_may_be_seen_and_nowhere_else(engine, principal, document):
    text = "\n".join(sql.text for sql in plan(engine, document, principal).sql.values())
    asked = set(re.findall(r"\w+", document))
    for entity in CATALOGUE:
        aliases = re.findall(rf"\b(?:FROM|JOIN) {entity.table} AS (\w+)", text)
        for field in entity.fields.values():
            if field.name in {"id", "region", "department"} or field.graphql not in asked or not aliases:
                continue  # the first three stand in row filters
            actions = ["read", *(["readMasked"] if field.mask else [])]
            rights = [engine.policies.decide(principal, action, entity, field.name).where for action in actions]
            selected = any(re.search(rf"\b{alias}\.{field.column}\b", text) for alias in aliases)
            assert selected is (set(rights) != {NEVER}), f"{entity.name}.{field.name}"


def test_equal_shapes_share_a_plan_and_other_shapes_do_not(engine):
    document = """query ($r: RegionCode, $n: Int, $w: RecipientWhere!) {
        recipients(first: $n, where: {and: [{region: {within: $r}}, $w]}) { nodes { id } } }"""
    first = plan(engine, document, CITY, {"r": "230502", "n": 5, "w": {"monthlyAmount": {"gt": "5"}}})
    again = plan(engine, document, CITY, {"r": "230503", "n": 6, "w": {"monthlyAmount": {"gt": "77.5"}}})
    assert first is again
    larger = plan(engine, document, CITY, {"r": "230503", "n": 9, "w": {"monthlyAmount": {"gt": "77.5"}}})
    assert larger is not first  # PostgreSQL is told the magnitude of a page
    others = [
        {"r": "230502", "n": None, "w": {"monthlyAmount": {"gt": "5"}}},
        {"r": "230502", "n": 5, "w": {}},
        {"r": "230502", "n": 5, "w": {"status": {"eq": "ENDED"}}},
        {"r": "230502", "n": 5, "w": {"monthlyAmount": {"gte": "5"}}},
        {"r": "230502", "n": 5, "w": {"not": {"monthlyAmount": {"gt": "5"}}}},
    ]
    plans = [plan(engine, document, CITY, variables) for variables in others]
    assert len({id(each) for each in (first, *plans)}) == 1 + len(others)
    assert plan(engine, document, COUNTY, {"r": "230502", "n": 5, "w": {}}) is not plans[1]


@pytest.mark.parametrize(
    ("literal", "document", "variables"),
    [
        (
            '{ recipients(where: {region: {within: "230502"}}) { nodes { id } } }',
            "query ($r: RegionCode) { recipients(where: {region: {within: $r}}) { nodes { id } } }",
            {"r": "230502"},
        ),
        (
            """{ recipients(where: {category: {in: [DIBAO, TEKUN]}}, orderBy: [{field: REGION, direction: DESC}]) {
                nodes { id } } }""",
            """query ($c: AssistanceCategory!, $w: [RecipientOrder!]) {
                recipients(where: {category: {in: [$c, TEKUN]}}, orderBy: $w) { nodes { id } } }""",
            {"c": "DIBAO", "w": [{"field": "REGION", "direction": "DESC"}]},
        ),
        (
            "{ recipients(where: {or: [{monthlyAmount: {isNull: true}}, {status: {eq: ENDED}}]}) { nodes { id } } }",
            "query ($w: RecipientWhere) { recipients(where: $w) { nodes { id } } }",
            {"w": {"or": [{"monthlyAmount": {"isNull": True}}, {"status": {"eq": "ENDED"}}]}},
        ),
    ],
)
def test_literals_and_variables_make_the_same_statement(engine, literal, document, variables):
    one, other = plan(engine, literal, CITY), plan(engine, document, CITY, variables)
    assert [sql.text for sql in one.sql.values()] == [sql.text for sql in other.sql.values()]
    bound = [
        engine.bind(planned, values, CITY).values
        for planned, values in ((one, {}), (other, coerced(engine, document, variables)))
    ]
    assert bound[0] == bound[1]


def coerced(engine, document, variables):
    return engine.variables(engine.operation(document, None, CITY), variables, CITY)


def test_no_value_stands_in_a_statement(engine):
    values = ("230502199001011234", "planted-text", "4711.00")
    planned = plan(
        engine,
        f"""{{ people(where: {{idNumber: {{eq: "{values[0]}"}}}}) {{ nodes {{ id }} }}
              recipients(where: {{monthlyAmount: {{eq: "{values[2]}"}}, household: {{size: {{eq: 4711}}}}}}) {{
                nodes {{ id }} }}
              regions(where: {{name: {{eq: "{values[1]}"}}}}) {{ nodes {{ id }} }} }}""",
        CITY,
    )
    for sql in planned.sql.values():
        for value in (*values, "4711"):
            assert value not in sql.text
            assert not any(value in str(take.value) for take in sql.takes if isinstance(take, Constant))


def test_selections_of_one_key_are_merged_and_columns_selected_once(engine):
    document = """{ recipients { nodes { id } nodes { category ...More household { size } }
        edges { node { category household { size id } } } } }
        fragment More on Recipient { category household { address } }"""
    [sql] = plan(engine, document, CITY).sql.values()
    head = sql.text.partition("\nFROM")[0]
    assert head.count(".address") == 1
    assert sql.text.count("JOIN household") == 1
    assert len(plan(engine, "{ a: recipients { nodes { id } } b: recipients { nodes { id } } }", CITY).sql) == 2


@pytest.mark.parametrize(
    ("skip", "include", "selected"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_what_is_skipped_is_not_selected(engine, skip, include, selected):
    document = """query ($s: Boolean!, $i: Boolean!) {
        recipients { nodes { id category @skip(if: $s) @include(if: $i) } } }"""
    [sql] = plan(engine, document, CITY, {"s": skip, "i": include}).sql.values()
    assert (".category" in sql.text) is selected


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("{ recipients(first: 3) { nodes { id } } }", None),
        ("query ($c: String) { recipients(first: 3, after: $c) { nodes { id } } }", {"c": "x"}),
        ("query ($id: ID!) { node(id: $id) { id } }", {"id": "Household:00000000-0000-7000-8000-000000000001"}),
        ('{ person(idNumber: "230502193001010011") { id } }', None),
        ("query ($n: Int) { recipients(first: $n) { nodes { id } } }", {"n": 3}),
        ("query ($n: Int) { recipients { nodes { household { members(first: $n) { nodes { id } } } } } }", {"n": 3}),
    ],
)
def test_postgresql_keeps_the_plan_of_a_statement_that_no_value_could_change(engine, document, variables):
    assert all(sql.kept for sql in plan(engine, document, COUNTY, variables).sql.values())


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ('{ recipients(first: 3, where: {region: {within: "230502"}}) { nodes { id } } }', None),
        ("{ recipients(first: 3, where: {status: {eq: ENDED}}) { nodes { id } } }", None),
    ],
)
def test_postgresql_plans_anew_what_depends_on_how_many_rows_a_value_leaves(engine, document, variables):
    assert not any(sql.kept for sql in plan(engine, document, COUNTY, variables).sql.values())
