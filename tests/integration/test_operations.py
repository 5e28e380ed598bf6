"""The trusted documents that are shipped, and what is refused at the start."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from hub import policy
from hub.domain import CATALOGUE
from hub.graph import build_schema, restrict
from hub.query import Limits, ViewerSchemas, load_trusted
from hub.query.document.trusted import DocumentsRefused, identify

SCHEMA = Path(__file__).parents[2] / "schema"
OPERATIONS = SCHEMA / "operations"


@pytest.fixture(scope="module")
def views():
    policies = policy.load(SCHEMA / "policies", CATALOGUE)
    return ViewerSchemas(partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE, Limits())


def test_every_document_is_valid_for_the_role_whose_folder_it_is_in(views):
    found = load_trusted(OPERATIONS, views, only=True)

    assert {role for document in found.documents.values() for role in document.roles} <= set(views.policies.terms.roles)
    assert len(found.documents) == len(list(OPERATIONS.glob("*/*.graphql")))
    assert all(identify((OPERATIONS / one.file).read_text("utf-8")) == key for key, one in found.documents.items())


def test_one_document_in_two_folders_is_both_roles(views, tmp_path):
    for role in ("charity", "auditor"):
        (tmp_path / role).mkdir()
        (tmp_path / role / "regions.graphql").write_text("query Regions { regions { totalCount } }")

    [found] = load_trusted(tmp_path, views, only=False).documents.values()

    assert found.roles == {"charity", "auditor"}


@pytest.mark.parametrize(
    ("role", "text", "said"),
    [
        ("charity", "query Q {\n  recipientz { totalCount } }", r"x\.graphql:2: .*recipientz"),
        ("charity", "query Q {\n  people { nodes { name } } }", r"x\.graphql:2: "),
        ("charity", "query Q {", r"x\.graphql"),
        ("charity", "{ regions { totalCount } }", "name"),
        ("charity", "fragment F on Region { code }", "name"),
        ("auditor", "query Q { " + "x: __typename " * 600 + "}", "limit"),
        ("wizard", "query Q { __typename }", "no role"),
    ],
)
def test_a_document_that_could_never_be_answered_stops_the_start_with_file_and_line(views, tmp_path, role, text, said):
    (tmp_path / role).mkdir()
    (tmp_path / role / "x.graphql").write_text(text)
    with pytest.raises(DocumentsRefused, match=said):
        load_trusted(tmp_path, views, only=False)


def test_a_document_that_is_no_text_stops_the_start(views, tmp_path):
    (tmp_path / "charity").mkdir()
    (tmp_path / "charity" / "x.graphql").write_bytes("query Q { regions { totalCount } } # 区划".encode("gbk"))
    with pytest.raises(DocumentsRefused, match="UTF-8"):
        load_trusted(tmp_path, views, only=False)


def test_answering_nothing_but_trusted_documents_needs_one(views, tmp_path):
    assert load_trusted(tmp_path / "none", views, only=False).documents == {}
    with pytest.raises(DocumentsRefused, match="HUB_TRUSTED_ONLY"):
        load_trusted(tmp_path / "none", views, only=True)
