"""The Cedar schema follows from the declarations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hub.catalog import (
    Boolean,
    Catalogue,
    Date,
    Field,
    Integer,
    Json,
    Money,
    RegionCode,
    RowId,
    Scalar,
    Sensitivity,
    Text,
    Timestamp,
)
from hub.domain import CATALOGUE
from hub.domain.codes import Urgency
from hub.policy import PolicyError, derive
from hub.policy.schema import cedar_type
from hub.policy.terms import read_terms

if TYPE_CHECKING:
    from hub.policy.terms import Terms


@pytest.fixture(scope="session")
def terms(terms_text: str) -> Terms:
    return read_terms(terms_text, "purposes.yaml")


def test_a_nullable_field_is_an_optional_attribute_and_others_are_not(terms: Terms) -> None:
    text = derive(CATALOGUE, terms)
    need = text[text.index("entity Need in") :].split("}", 1)[0].splitlines()[1:]
    assert [line.strip() for line in need] == [
        "kind: String,", "region?: Division,", "status: String,", "consented: Bool,", "created_on?: datetime,",
        "among_others: Bool,",
    ]  # fmt: skip


def test_fields_that_their_declaration_does_not_open_to_policies_are_no_attributes(terms: Terms) -> None:
    text = derive(CATALOGUE, terms)
    assert "id_number" not in text
    assert "monthly_amount" not in text


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        (Text, "String"), (Urgency, "String"), (RegionCode, "Division"), (Boolean, "Bool"), (Integer, "Long"),
        (Money, "decimal"), (Date, "datetime"),
    ],
)  # fmt: skip
def test_each_type_of_field_has_its_cedar_type(type_: Scalar, expected: str) -> None:
    made = Field(name="x", type=type_, sensitivity=Sensitivity.PUBLIC, zh="试", en="Trial", policy=True)
    assert cedar_type(CATALOGUE["Need"], made) == expected


@pytest.mark.parametrize("type_", [Timestamp, Json, RowId], ids=lambda type_: type_.name)
def test_a_field_whose_values_cedar_cannot_test_exactly_is_refused(type_: Scalar) -> None:
    made = Field(name="x", type=type_, sensitivity=Sensitivity.PUBLIC, zh="试", en="Trial", policy=True)
    with pytest.raises(PolicyError, match=r"Need\.x cannot be used by policies"):
        cedar_type(CATALOGUE["Need"], made)


def test_an_entity_cannot_take_the_name_of_a_type_of_the_policies(terms: Terms) -> None:
    role = replace(CATALOGUE["Need"], name="Role")
    with pytest.raises(PolicyError, match="The entity Role has the name of a type"):
        derive(Catalogue({"Role": role}), terms)


def test_an_entity_without_attributes_can_still_be_spoken_of(terms: Terms) -> None:
    bare = replace(CATALOGUE["Need"], fields={}, groups=())
    assert "entity Need;" in derive(Catalogue({"Need": bare}), terms)


def test_the_schema_does_not_depend_on_the_order_of_declaration(terms: Terms) -> None:
    turned = Catalogue(dict(reversed(CATALOGUE.entities.items())))
    assert derive(turned, terms) == derive(CATALOGUE, terms)
