"""What a bundle must be to be loaded, and what it is refused for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub.domain import CATALOGUE
from hub.policy import PolicyError, Reason, bundle, load
from hub.policy.terms import read_terms

if TYPE_CHECKING:
    from pathlib import Path

    from hub.policy import Policies

HEAD = '@id("p") permit (principal, action, resource is Need)'


def test_the_digest_is_of_the_content_and_nothing_else(directory: Path, terms_text: str) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*.cedar")}
    digest = bundle(files, terms_text, CATALOGUE).digest
    assert len(digest) == 64
    assert (
        bundle(dict(reversed(files.items())), terms_text, CATALOGUE).digest
        == digest
        == load(directory, CATALOGUE).digest
    )
    changed = {**files, "common.cedar": files["common.cedar"] + "\n// a remark"}
    assert bundle(changed, terms_text, CATALOGUE).digest != digest
    assert bundle(files, terms_text + "\n# a remark", CATALOGUE).digest != digest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("permit (principal", r"x\.cedar:1: does not parse: "),
        ("permit (principal, action, resource);", r"x\.cedar:1: a policy has no @id"),
        ('@id("") permit (principal, action, resource);', r"x\.cedar:1: a policy has no @id"),
        ('@id("p") forbid (principal, action, resource);', r"x\.cedar:1: policy p: a forbid says why"),
        ('@id("p") @reason("shut") forbid (principal, action, resource);', r"policy p: a forbid says why, in both"),
        ('@id("p") @reason_zh("关闭") forbid (principal, action, resource);', r"policy p: a forbid says why, in both"),
        (f'@reason(" ") @reason_zh("因") {HEAD};', r"x\.cedar:1: policy p: a reason is given in both languages"),
        (f"{HEAD}; {HEAD};", r"x\.cedar:1: policy p: another policy has this id"),
        ('@id("p") permit (principal == ?principal, action, resource);', r"x\.cedar:1: has a template"),
        (f"{HEAD} when {{ resource.colour == 1 }};", r"policy p: does not fit the schema: .*`colour`"),
        (f'{HEAD} when {{ resource.consented == "yes" }};', r"policy p: does not fit the schema"),
        ('@id("p") permit (principal in Role::"charty", action, resource);', r"policy p: does not fit .*charty"),
        ('@id("p") permit (principal, action == Action::"delete", resource);', r"policy p: does not fit .*delete"),
    ],
)  # fmt: skip
def test_a_policy_that_does_not_fit_is_refused_with_its_place(text: str, message: str, terms_text: str) -> None:
    with pytest.raises(PolicyError, match=message) as refused:
        bundle({"x.cedar": text}, terms_text, CATALOGUE)
    assert refused.value.code == "HUB-210"


def test_every_shipped_policy_says_why_in_both_languages(policies: Policies) -> None:
    assert policies.reasons.keys() == policies.policies.keys()
    assert policies.reasons["auditor-no-people"] == Reason("an audit needs no person", "审计不需要个人信息")


def test_a_permit_need_not_say_why(terms_text: str) -> None:
    assert bundle({"x.cedar": f"{HEAD};"}, terms_text, CATALOGUE).reasons == {}


def test_a_refusal_names_the_line_of_what_is_wrong(terms_text: str) -> None:
    text = f"""// A remark; and "more of it
{HEAD};

@id("q")
permit (principal, action, resource is Need)  // ; not the end
when {{ "; // not the end" == "x" || true }}
when {{
  resource.colour == 1
}};
"""
    with pytest.raises(PolicyError, match=r"^x\.cedar:8: policy q: does not fit the schema: attribute `colour`"):
        bundle({"x.cedar": text}, terms_text, CATALOGUE)
    with pytest.raises(PolicyError, match=r"^x\.cedar:4: policy q: uses the operator like on the row"):
        bundle({"x.cedar": text.replace("resource.colour == 1", 'resource.kind like "*"')}, terms_text, CATALOGUE)
    with pytest.raises(PolicyError, match=r"^x\.cedar:10: does not parse"):
        bundle({"x.cedar": text.replace("resource.colour == 1", "true") + "permit ("}, terms_text, CATALOGUE)


@pytest.mark.parametrize(
    ("test", "what"),
    [
        ("resource.region in principal", "principal"),
        ("!(resource.region in action)", "action"),
        ("resource.region == principal", "principal"),
        ('resource.region in Role::"charity"', "a Role"),
        ('resource.region in [Division::"2305", Role::"charity"]', "a Role"),
        ('resource.region in (if context.granted then principal.regions else [Role::"charity"])', "a Role"),
    ],
)
def test_what_no_attribute_of_a_row_can_be_is_refused_when_it_is_loaded(test: str, what: str, terms_text: str) -> None:
    # Cedar lets it pass. Decisions that met it were all denied, for as long as the bundle was in force.
    with pytest.raises(PolicyError, match=f"comparison of an attribute of the row with {what}|does not fit"):
        bundle({"x.cedar": f"{HEAD} when {{ resource has region && {test} }};"}, terms_text, CATALOGUE)


def test_two_files_cannot_give_the_same_id(terms_text: str) -> None:
    with pytest.raises(PolicyError, match=r"b\.cedar:1: policy p: another policy has this id"):
        bundle({"a.cedar": f"{HEAD};", "b.cedar": f"{HEAD};"}, terms_text, CATALOGUE)


def test_a_directory_without_policies_or_purposes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there are no policies"):
        load(tmp_path, CATALOGUE)
    (tmp_path / "x.cedar").write_text(f"{HEAD};", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"purposes\.yaml: the list of purposes and roles is missing"):
        load(tmp_path, CATALOGUE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("purposes: [", "not YAML"),
        ("roles: {}", r"purposes: Field required"),
        ("purposes: {a: {zh: 试, en: T}}\nroles: {r: {zh: 试, en: T, purposes: [b]}}", "role r names the purpose b"),
        ("purposes: {a: {zh: 试}}\nroles: {}", r"purposes\.a\.en: Field required"),
        ('purposes: {"A b": {zh: 试, en: Trial}}\nroles: {}', r"purposes\.A b"),
        ('purposes: {a: {zh: 试, en: T}}\nroles: {\'x"]; entity Y enum ["\': {zh: 试, en: T, purposes: [a]}}', "roles"),
    ],
)  # fmt: skip
def test_a_list_of_purposes_that_does_not_fit_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_terms(text, "purposes.yaml")
