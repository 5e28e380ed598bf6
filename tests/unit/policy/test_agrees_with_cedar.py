"""Whatever is decided before a row is known must be what Cedar says of every row once it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import cedarpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.catalog import Catalogue, OnDays, RegionCode
from hub.catalog.predicate import NEVER, admits, negate, simplified
from hub.domain import CATALOGUE
from hub.domain.codes import Department
from hub.policy import ACTIONS, ALL_GRANTED, Grant, Policies, Principal, bundle, derive
from hub.policy.decide import member_of, provides
from hub.policy.terms import read_terms
from unit.policy.conftest import Oracle

if TYPE_CHECKING:
    from pathlib import Path

    from hub.catalog import Entity, Field

CODES = ("23", "2305", "230502", "230502001", "230502001003", "230503", "230503001", "2308", "230811", "231", "22")
REGIONS = tuple(code for code in CODES if len(code) in (2, 4, 6, 9, 12))
SOURCES = ("civil-affairs", "social-security", "public-security", "")
ENTITIES = tuple(sorted(CATALOGUE, key=lambda entity: entity.name))
ITEMS = ("Need.kind", "Person.name", "Recipient.category", "Recipient.person", "Finding.value", "Recipient.division")
PROVIDERS = tuple(department.name for department in Department)
GRANTS = st.builds(
    Grant, st.frozensets(st.sampled_from(ITEMS), min_size=1), st.sampled_from(PROVIDERS),
    st.frozensets(st.sampled_from(REGIONS), min_size=1, max_size=2),
    st.sampled_from(("active", "active", "active", "suspended", "ended")),
)  # fmt: skip

quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


def values(field: Field) -> st.SearchStrategy[Any]:
    if field.codes is not None:
        found: st.SearchStrategy[Any] = st.sampled_from(tuple(field.codes.__members__))
    elif field.type is RegionCode:
        found = st.sampled_from(REGIONS)
    elif field.type.storage in ("boolean", "days"):
        found = st.booleans()
    elif field.type.storage == "integer":
        found = st.integers(-(2**31), 2**31 - 1)
    elif field.type.storage == "date":
        found = st.dates()
    else:
        found = st.sampled_from(SOURCES)
    return st.none() | found if field.nullable else found


def rows(entity: Entity) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({field.name: values(field) for field in entity.policy_fields})


@st.composite
def principals(draw: st.DrawFn, roles: tuple[str, ...], purposes: tuple[str, ...]) -> Principal:
    return Principal(
        name="viewer",
        department=draw(st.sampled_from((*SOURCES, *PROVIDERS))),
        roles=draw(st.frozensets(st.sampled_from((*roles, "no-such-role")), max_size=2)),
        regions=draw(st.frozensets(st.sampled_from(REGIONS), max_size=3)),
        purpose=draw(st.sampled_from((*purposes, "no-such-purpose"))),
        granted=draw(st.just(ALL_GRANTED) | st.frozensets(GRANTS, max_size=4)),
    )


@given(data=st.data())
@settings(quick, max_examples=250)
def test_the_shipped_policies_decide_every_row_as_cedar_does(
    data: st.DataObject, policies: Policies, directory: Path, oracle_of: Any, contexts_of: Any
) -> None:
    oracle = oracle_of("\n".join(path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.cedar"))))
    # Half of the viewers are drawn as they are meant to be, or few decisions would permit anything.
    role = data.draw(st.sampled_from(tuple(policies.terms.roles)))
    fitting = principals((role,), policies.terms.roles[role].purposes)
    principal = data.draw(principals(tuple(policies.terms.roles), tuple(policies.terms.purposes)) | fitting)
    entity = data.draw(st.sampled_from(ENTITIES))
    item = data.draw(st.sampled_from((*entity.fields, *entity.links, *entity.many)))
    action = data.draw(st.sampled_from(ACTIONS))
    where = policies.decide(principal, action, entity, item).where
    if not provides(action, member_of(entity, item)):
        assert where == NEVER
        return
    viewer, contexts = principal.entities(policies.terms), contexts_of(principal, entity, item)
    for row in data.draw(st.lists(rows(entity), min_size=1, max_size=5)):
        permitted = any(oracle.permits(viewer, action, entity, context, row) for context in contexts)
        assert (admits(where, row), admits(simplified(where), row)) == (permitted, permitted), (where, row)


NEED = CATALOGUE["Need"]
LITERALS = {"kind": ("CARE", "FOOD", "FUEL"), "status": ("OPEN", "MET")}
DAYS = ("2026-01-30", "2026-01-31", "2026-02-01")
# Every combination that the drawn policies can tell apart.
GRID = [
    {
        "kind": kind,
        "status": status,
        "consented": consented,
        "among_others": not consented,
        "region": region,
        "created_on": created_on,
    }
    for kind in LITERALS["kind"]
    for status in LITERALS["status"]
    for consented in (True, False)
    for region in (None, "2305", "230502001003", "230811")
    for created_on in (None, *map(date.fromisoformat, DAYS))
]


def compared(name: str, word: str, sign: str, *, turned: bool) -> str:
    return f'"{word}" {sign} resource.{name}' if turned else f'resource.{name} {sign} "{word}"'


def dated(day: str, sign: str, *, turned: bool) -> str:
    return (
        f'datetime("{day}") {sign} resource.created_on' if turned else f'resource.created_on {sign} datetime("{day}")'
    )


def listed(name: str, words: list[str]) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + f"].contains(resource.{name})"


def in_divisions(codes: list[str]) -> str:
    return "resource.region in [" + ", ".join(f'Division::"{code}"' for code in codes) + "]"


def atoms() -> st.SearchStrategy[str]:
    names, signs = st.sampled_from(tuple(LITERALS)), st.sampled_from(("==", "!="))
    text = names.flatmap(
        lambda name: st.builds(compared, st.just(name), st.sampled_from(LITERALS[name]), signs, turned=st.booleans())
    )
    member = names.flatmap(
        lambda name: st.builds(listed, st.just(name), st.lists(st.sampled_from(LITERALS[name]), min_size=1, max_size=3))
    )
    code = st.sampled_from(REGIONS)
    region = st.one_of(
        st.just("resource.region in principal.regions"),
        st.just("resource.region in principal.prefectures"),
        st.just("principal.regions.contains(resource.region)"),
        code.map('resource.region in Division::"{}"'.format),
        code.map('resource.region == Division::"{}"'.format),
        code.map('resource.region != Division::"{}"'.format),
        st.lists(code, min_size=1, max_size=3).map(in_divisions),
    ).map("(resource has region && {})".format)
    constant = st.sampled_from((
        "true", "false", "context.granted", 'context.class == "internal"', 'context.purpose == "audit"',
        'principal in Role::"charity"', 'context.field like "k*"', "principal.purposes.contains(context.purpose)",
        "resource is Need", "resource is Person", "resource has region", "principal.regions.isEmpty()",
        'resource in EntityGroup::"assistance-file"', 'resource in EntityGroup::"individuals"',
        'resource in [EntityGroup::"published", EntityGroup::"statistics"]',
    ))  # fmt: skip
    day = st.builds(
        "(resource has created_on && {})".format,
        st.builds(
            dated, st.sampled_from(DAYS), st.sampled_from(("<", "<=", ">", ">=", "==", "!=")), turned=st.booleans()
        ),
    )  # fmt: skip
    flag = st.sampled_from(
        ("resource.consented", "resource.consented == false", "true == resource.consented", "resource.among_others")
    )
    return st.one_of(text, member, region, constant, flag, day)


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        atoms().map(lambda atom: f"({atom})"),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(("&&", "||")), inner).map(lambda three: f"({' '.join(three)})"),
            inner.map(lambda one: f"(!{one})"),
            st.tuples(inner, inner, inner).map(lambda three: "(if {} then {} else {})".format(*three)),
        ),
        max_leaves=8,
    )


@st.composite
def bundles(draw: st.DrawFn) -> str:
    texts = []
    for number in range(draw(st.integers(1, 4))):
        effect = "permit" if number == 0 else draw(st.sampled_from(("permit", "forbid")))
        scope = draw(
            st.sampled_from(
                (
                    "resource is Need",
                    "resource",
                    "resource is Person",
                    'resource in EntityGroup::"statistics"',
                    'resource in EntityGroup::"published"',
                )
            )
        )
        who = draw(
            st.sampled_from(("principal", 'principal in Role::"charity"', 'principal is Partner in Role::"auditor"'))
        )
        drawn = draw(st.lists(st.tuples(st.sampled_from(("when", "unless")), conditions()), max_size=2))
        body = "\n".join(f"{kind} {{ {test} }}" for kind, test in drawn)
        if "created_on" in body and scope in ("resource is Person", 'resource in EntityGroup::"published"'):
            scope = "resource"  # no row of theirs has it, which is refused
        if scope != "resource is Need" and "resource." in body:
            body = "when { resource is Need }\n" + body
        texts.append(f'@id("p{number}") @reason("because") @reason_zh("因") {effect} ({who}, action, {scope})\n{body};')
    return "\n".join(texts)


@given(data=st.data())
@settings(quick, max_examples=40)
def test_any_policy_that_loads_decides_every_row_as_cedar_does(
    data: st.DataObject, terms_text: str, oracle_of: Any, contexts_of: Any
) -> None:
    text = data.draw(bundles())
    policies, oracle = bundle({"drawn.cedar": text}, terms_text, CATALOGUE), oracle_of(text)
    principal = data.draw(principals(("charity", "auditor"), ("audit", "charity-matching")))
    viewer, contexts = principal.entities(policies.terms), contexts_of(principal, NEED, "kind")
    where = policies.decide(principal, "read", NEED, "kind").where
    for row in GRID:
        permitted = any(oracle.permits(viewer, "read", NEED, context, row) for context in contexts)
        assert (admits(where, row), admits(simplified(where), row)) == (permitted, permitted), (where, row)
        # Who denies rather than permits must be able to turn the answer round.
        assert admits(negate(where), row) != permitted, (where, row)


# No amount of money is open to policies: here one is, so that decimal numbers are compared as well.
WITH_AMOUNT = Catalogue({
    **CATALOGUE.entities,
    "Recipient": replace(
        CATALOGUE["Recipient"],
        fields={**CATALOGUE["Recipient"].fields, "monthly_amount": replace(
            CATALOGUE["Recipient"].fields["monthly_amount"], policy=True
        )},
    ),
})  # fmt: skip
COMPARED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "Household.size": ("{}", (0, 1, 2, 7, -1, 2**31 - 1, 2**31, -(2**31), 2**63 - 1, -(2**63))),
    "Recipient.approved_on": ('datetime("{}")', tuple(map(date.fromisoformat, (*DAYS, "0001-01-01", "9999-12-31")))),
    "Recipient.monthly_amount": (
        'decimal("{}")', tuple(map(Decimal, ("0.0", "650.00", "650.0050", "650.01", "-650.00", "922337203685477.5807")))
    ),
}  # fmt: skip
STORED: dict[str, tuple[Any, ...]] = {
    "Household.size": (-(2**31), -2, -1, 0, 1, 2, 3, 6, 7, 8, 2**31 - 1),
    "Recipient.approved_on": tuple(
        map(date.fromisoformat, (*DAYS, "2026-01-29", "2026-02-02", "0001-01-01", "9999-12-30", "9999-12-31"))
    ),
    "Recipient.monthly_amount": tuple(
        map(Decimal, ("-650.01", "-650.00", "0.00", "649.99", "650.00", "650.01", "650.02", "999999999999.99"))
    ),
}  # fmt: skip
METHODS = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}


@st.composite
def comparisons(draw: st.DrawFn, name: str) -> str:
    entity, _, field = name.partition(".")
    written, constants = COMPARED[name]
    sign, turned = draw(st.sampled_from(("<", "<=", ">", ">=", "==", "!="))), draw(st.booleans())
    sides = [f"resource.{field}", written.format(draw(st.sampled_from(constants)))]
    left, right = reversed(sides) if turned else sides
    method = METHODS.get(sign) if field == "monthly_amount" else None
    test = f"{left} {sign} {right}" if method is None else f"{left}.{method}({right})"
    few = ", ".join(map(written.format, constants[:2]))
    made = draw(st.sampled_from((test, test, f"[{few}].contains(resource.{field})")))
    guard = f"resource is {entity} && resource has {field}"
    return draw(st.sampled_from((f"({guard} && {made})", f"!({guard} && {made})", f"({guard} && !({made}))")))


@given(data=st.data())
@settings(quick, max_examples=60)
def test_numbers_and_days_compare_as_in_cedar(data: st.DataObject, terms_text: str, contexts_of: Any) -> None:
    name = data.draw(st.sampled_from(tuple(COMPARED)))
    entity, field = WITH_AMOUNT[name.partition(".")[0]], name.partition(".")[2]
    one, other = data.draw(comparisons(name)), data.draw(comparisons(name))
    text = f"""@id("p") permit (principal, action, resource) when {{ {one} }};
        @id("f") @reason("x") @reason_zh("因") forbid (principal, action, resource) unless {{ {other} }};"""
    policies = bundle({"drawn.cedar": text}, terms_text, WITH_AMOUNT)
    schema = cedarpy.Schema.from_str(derive(WITH_AMOUNT, read_terms(terms_text, "purposes.yaml")))
    oracle = Oracle(cedarpy.PolicySet.from_str(text), schema)
    principal = Principal("v", "v", frozenset({"charity"}), frozenset({"2305"}), "charity-matching", ALL_GRANTED)
    viewer, contexts = principal.entities(policies.terms), contexts_of(principal, entity, "id")
    where = policies.decide(principal, "read", entity, "id").where
    for value in (None, *STORED[name]):
        needed = {
            each.name: True if each.type is OnDays else "DIBAO" for each in entity.policy_fields if not each.nullable
        }
        row = {each.name: None for each in entity.policy_fields} | needed | {field: value}
        permitted = any(oracle.permits(viewer, "read", entity, context, row) for context in contexts)
        assert (admits(where, row), admits(simplified(where), row)) == (permitted, permitted), (where, row)
