"""Trusted documents: who has which, and what else is answered."""

from __future__ import annotations

import hashlib

import pytest

from hub.policy import Principal
from hub.query.document.trusted import Document, DocumentNotTrusted, DocumentUnknown, Trusted, identify

TEXT = "query Needs { needs { totalCount } }\n"
ID = identify(TEXT)
MANIFEST = {ID: Document(TEXT, frozenset({"charity"}), "charity/needs.graphql", ("Needs",))}
CHARITY = Principal("a", "", frozenset({"charity"}), frozenset(), "charity-matching")
AUDITOR = Principal("b", "", frozenset({"auditor"}), frozenset(), "audit")


def test_an_identifier_is_the_sha_256_of_the_text_with_its_name():
    assert f"sha256:{hashlib.sha256(TEXT.encode()).hexdigest()}" == ID
    assert identify("\ud800") != ID


@pytest.mark.parametrize("only", [False, True])
def test_a_document_is_found_by_its_identifier_in_its_own_role(only):
    assert Trusted(MANIFEST, only).text("", ID, CHARITY) == TEXT


@pytest.mark.parametrize(
    ("identifier", "viewer"),
    [
        (ID, AUDITOR),
        (ID.upper(), CHARITY),
        (ID.removeprefix("sha256:"), CHARITY),
        ("sha256:" + "0" * 64, CHARITY),
        ("", CHARITY),
    ],
)
def test_another_roles_document_and_one_that_nobody_has_are_refused_alike(identifier, viewer):
    with pytest.raises(DocumentUnknown) as refused:
        Trusted(MANIFEST).text("", identifier, viewer)
    with pytest.raises(DocumentUnknown) as nobody:
        Trusted({}).text("", ID, CHARITY)
    assert refused.value.message == nobody.value.message


def test_any_document_may_be_asked_unless_only_trusted_ones_are_answered():
    assert Trusted(MANIFEST).text("{ __typename }", None, AUDITOR) == "{ __typename }"
    with pytest.raises(DocumentNotTrusted):
        Trusted(MANIFEST, only=True).text("{ __typename }", None, CHARITY)


def test_where_only_trusted_documents_are_answered_the_text_of_one_is_one_to_its_own_role_alone():
    trusted = Trusted(MANIFEST, only=True)
    assert trusted.text(TEXT, None, CHARITY) == TEXT
    with pytest.raises(DocumentNotTrusted):
        trusted.text(TEXT, None, AUDITOR)
    with pytest.raises(DocumentNotTrusted):
        trusted.text(TEXT + " ", None, CHARITY)
