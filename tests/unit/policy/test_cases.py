"""The golden cases hold, and they are complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.domain import CATALOGUE
from hub.policy import Policies, PolicyError
from hub.policy.cases import Cases, differences, read_cases

DIRECTORY = Path(__file__).parents[3] / "schema" / "policies"
FILES = sorted((DIRECTORY / "cases").glob("*.yaml"))


def cases_of(name: str) -> Cases:
    return read_cases((DIRECTORY / "cases" / f"{name}.yaml").read_text(encoding="utf-8"), name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_policies_decide_as_the_golden_cases_say(path: Path, policies: Policies) -> None:
    assert list(differences(cases_of(path.stem), policies, CATALOGUE)) == []


def test_every_role_has_its_golden_cases_for_every_purpose_that_it_may_declare(policies: Policies) -> None:
    assert {path.stem for path in FILES} == set(policies.terms.roles)
    for name, role in policies.terms.roles.items():
        cases = cases_of(name)
        assert cases.viewer.roles == {name}
        assert sorted(purpose for rights in cases.rights for purpose in rights.purposes) == sorted(role.purposes)


def test_an_entity_without_a_case_is_a_difference(policies: Policies) -> None:
    cases = cases_of("charity")
    entities = {name: listed for name, listed in cases.rights[0].entities.items() if name != "Person"}
    less = cases.model_copy(
        update={"rights": (cases.rights[0].model_copy(update={"entities": entities}), *cases.rights[1:])}
    )
    assert list(differences(less, policies, CATALOGUE)) == ["charity-matching: Person has no case"]


def test_a_right_that_no_case_names_is_a_difference(policies: Policies) -> None:
    cases = cases_of("charity")
    entities = {**cases.rights[0].entities, "Need": "never"}
    less = cases.model_copy(
        update={"rights": (cases.rights[0].model_copy(update={"entities": entities}), *cases.rights[1:])}
    )
    found = list(differences(less, policies, CATALOGUE))
    assert (
        "charity-matching: read of Need.kind: expected no row (no policy), found consented = true and status = OPEN "
        "and region is known and region within 230502, 230503 and among_others = true (charity-consented-needs-only, "
        "charity-needs-among-others, charity-open-needs)"
    ) in found


def test_a_purpose_that_no_case_names_must_give_no_right(policies: Policies) -> None:
    cases = cases_of("auditor")
    less = cases.model_copy(update={"rights": cases.rights[:1]})
    assert any(
        found.startswith("statistics: aggregate of Recipient.category: expected no right")
        for found in differences(less, policies, CATALOGUE)
    )


def test_a_case_that_names_what_does_not_exist_is_a_difference(policies: Policies) -> None:
    text = """
viewer: {department: x, roles: [charity], regions: ["2305"], granted: ["*"]}
rights:
  - purposes: [charity-matching, gossip]
    entities:
      Ghost: never
      Need: [{items: [aura], actions: [read, read], where: no row, by: [x]}]
"""
    found = list(differences(read_cases(text, "x"), policies, CATALOGUE))
    assert "gossip is not a purpose" in found
    assert "charity-matching: Ghost is not an entity" in found
    assert "charity-matching: Need.aura is neither field nor link" in found
    assert "charity-matching: read of Need.aura stands in two cases" in found


def test_a_file_of_cases_that_does_not_fit_names_file_and_place() -> None:
    with pytest.raises(PolicyError, match=r"charity\.yaml: rights\.0\.purposes: Field required"):
        read_cases(
            "viewer: {department: x, roles: [], regions: [], granted: []}\nrights: [{entities: {}}]", "charity.yaml"
        )
    with pytest.raises(PolicyError, match=r"charity\.yaml: not YAML"):
        read_cases("viewer: [", "charity.yaml")
