"""Attack: what may not be read, or filtered by, as a code of a division is asked for as the division that it names."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from granting import agreed
from hub import policy
from hub.crypto import Keyring, open_vault
from hub.domain import CATALOGUE
from hub.graph import build_schema, restrict
from hub.policy import ACTIONS, PolicyError, Principal, bundle
from hub.query import Engine, Limits, ViewerSchemas
from hub.query.errors import AccessRefused
from seeded_hub import viewer

if TYPE_CHECKING:
    from hub.query.plan.roots import ReadPlan

DIRECTORY = Path(__file__).parents[2] / "schema" / "policies"
TERMS = (DIRECTORY / "purposes.yaml").read_text(encoding="utf-8")
POLICIES = policy.load(DIRECTORY, CATALOGUE)
ASKING = viewer("civil-affairs", "assistance-review", "2305")
# Regions are published; of recipients the id may be read, and the code of the division as far as a case says.
OPEN = (
    '@id("published") permit (principal, action, resource is Region);'
    '@id("ids") permit (principal, action == Action::"read", resource is Recipient) when { READ };'
)
ID, CODE = 'context.field == "id"', '["id", "region"].contains(context.field)'


async def planned(read: str, document: str) -> ReadPlan:
    """Plan for a viewer who may read as the condition says, and filter by nothing but published data."""
    policies = bundle({"x.cedar": OPEN.replace("READ", read)}, TERMS, CATALOGUE)
    vault = await open_vault(Keyring.generate(), [])
    views = ViewerSchemas(partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE, hide=False)
    engine = Engine(views, CATALOGUE, policies, vault, Limits())
    operation = engine.operation(document, None, ASKING)
    return engine.plan(operation, engine.variables(operation, {}, ASKING), ASKING).plan


@pytest.mark.parametrize("role", sorted(POLICIES.terms.roles))
def test_for_every_viewer_a_division_has_the_rights_of_its_code(role: str) -> None:
    for purpose in POLICIES.terms.roles[role].purposes:
        someone = viewer(role, purpose, "230502")
        for entity in CATALOGUE:
            for link in entity.links.values():
                for action in ACTIONS if link.by is not None else ():
                    told = POLICIES.decide(someone, action, entity, link.name).where
                    assert told == POLICIES.decide(someone, action, entity, link.by or "").where


def test_an_agreement_on_other_items_does_not_open_the_division() -> None:
    someone = Principal(
        "x", "x", frozenset({"civil-affairs"}), frozenset({"2305"}), "means-check", agreed("Recipient.category")
    )
    decided = POLICIES.decide(someone, "read", CATALOGUE["Recipient"], "division")
    assert decided.where == POLICIES.decide(someone, "read", CATALOGUE["Recipient"], "region").where


def test_a_policy_that_names_the_division_instead_of_its_code_is_refused() -> None:
    with pytest.raises(PolicyError, match="division"):
        bundle({"x.cedar": OPEN.replace("READ", 'context.field == "division"')}, TERMS, CATALOGUE)


async def test_where_the_code_is_withheld_the_division_is() -> None:
    plan = await planned(ID, "{ recipients { nodes { region division { name } } } }")
    assert {path: entry for path, entry in plan.fields.items() if "nodes." in path} == {
        "recipients.nodes.region": "WITHHELD",
        "recipients.nodes.division": "WITHHELD",
    }


async def test_who_may_not_filter_by_the_code_does_not_by_the_name_of_the_division() -> None:
    plan = await planned(CODE, "{ recipients { nodes { division { name } } } }")
    assert plan.fields["recipients.nodes.division"] == "PLAIN"
    for where in ('region: {eq: "230502"}', 'division: {name: {eq: "尖山区"}}', "division: {county: {code: {}}}"):
        with pytest.raises(AccessRefused, match="You may not filter Recipient by region"):
            await planned(CODE, f"{{ recipients(where: {{{where}}}) {{ nodes {{ id }} }} }}")


def test_where_no_filter_by_the_code_is_declared_none_by_the_division_can_be_asked() -> None:
    made = build_schema(CATALOGUE).type_map["FindingWhere"]
    assert not {"region", "division"} & set(made.fields)
    assert "person" in made.fields
