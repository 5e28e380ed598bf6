"""Policies speak of declared groups of entities; an entity joins one by its declaration and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hub.catalog import Catalogue, DeclarationError, EntityGroup
from hub.catalog.predicate import ALWAYS, NEVER
from hub.domain import CATALOGUE
from hub.domain.groups import SYNCHRONISATION
from hub.policy import Principal, bundle, load
from hub.policy.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Viewer = Callable[..., Principal]

NEED = CATALOGUE["Need"]


def with_need(*groups: EntityGroup) -> Catalogue:
    return Catalogue({**CATALOGUE.entities, "Need": replace(NEED, groups=groups)})


def test_a_new_entity_has_the_rights_of_the_group_that_it_declares(directory: Path, viewer: Viewer) -> None:
    someone = viewer("auditor", "audit")
    new = replace(CATALOGUE["SyncRun"], name="Delivery")
    left_out = replace(new, groups=())
    for entity, rows in ((new, ALWAYS), (left_out, NEVER)):
        policies = load(directory, Catalogue({**CATALOGUE.entities, "Delivery": entity}))
        assert policies.rows(someone, entity).where == rows


def test_an_entity_in_no_group_is_reached_by_no_policy_on_groups(terms_text: str, viewer: Viewer) -> None:
    text = '@id("p") permit (principal, action, resource) when { resource in EntityGroup::"assistance-file" };'
    someone = viewer("auditor", "audit")
    assert bundle({"x.cedar": text}, terms_text, CATALOGUE).rows(someone, NEED).where == ALWAYS
    alone = with_need()
    assert bundle({"x.cedar": text}, terms_text, alone).rows(someone, alone["Need"]).where == NEVER


def test_a_forbid_on_a_group_reaches_whoever_joins_it(terms_text: str, viewer: Viewer) -> None:
    text = (
        '@id("p") permit (principal, action, resource);'
        '@id("f") @reason("not for you") @reason_zh("因")'
        ' forbid (principal, action, resource in EntityGroup::"synchronisation");'
    )
    joined = with_need(SYNCHRONISATION)
    someone = viewer("auditor", "audit")
    assert bundle({"x.cedar": text}, terms_text, CATALOGUE).rows(someone, NEED).where == ALWAYS
    assert bundle({"x.cedar": text}, terms_text, joined).rows(someone, joined["Need"]).where == NEVER


@pytest.mark.parametrize(
    "text",
    [
        'permit (principal, action, resource in EntityGroup::"asistance-file");',
        'permit (principal, action, resource) when { resource in EntityGroup::"asistance-file" };',
        'permit (principal, action, resource) unless { resource in [EntityGroup::"published", EntityGroup::"x"] };',
    ],
)
def test_a_misspelt_group_is_refused_with_its_place(text: str, terms_text: str) -> None:
    with pytest.raises(PolicyError, match=r"x\.cedar:1: policy p: does not fit the schema: .*EntityGroup"):
        bundle({"x.cedar": f'@id("p") {text}'}, terms_text, CATALOGUE)


def test_a_word_that_no_entity_of_the_group_has_is_refused(terms_text: str) -> None:
    text = '@id("p") permit (principal, action, resource in EntityGroup::"published") when { context.field == "size" };'
    with pytest.raises(PolicyError, match=r"context\.field is never 'size'"):
        bundle({"x.cedar": text}, terms_text, CATALOGUE)


def test_a_head_still_cannot_speak_of_one_row(terms_text: str) -> None:
    text = '@id("p") permit (principal, action, resource == Need::"x");'
    with pytest.raises(PolicyError, match="policies speak of kinds of rows, not of one row"):
        bundle({"x.cedar": text}, terms_text, CATALOGUE)


@pytest.mark.parametrize("name", ["", "Published", 'x"]; entity Y enum ["', "two words"])
def test_a_group_has_a_name_that_policies_can_write(name: str) -> None:
    with pytest.raises(DeclarationError, match="must have a name like assistance-file"):
        EntityGroup(name, "试", "Trial")
