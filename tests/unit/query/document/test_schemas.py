"""What exists for a viewer goes by policy, whatever agreements make of it."""

from __future__ import annotations

from functools import partial

import pytest

from hub.domain import CATALOGUE
from hub.graph import build_schema, restrict
from hub.policy import ALL_GRANTED, Principal, bundle
from hub.query import ViewerSchemas
from hub.settings import Settings

OWN_DATA = """@id("own-data") @reason("a department's own") @reason_zh("本部门数据")
permit (principal, action == Action::"read", resource is Need) when { context.agreement == "own" };"""
AGREED_DATA = """@id("agreed") @reason("what is agreed") @reason_zh("已约定数据")
permit (principal, action == Action::"read", resource is Recipient) when { context.agreement == "active" };
@id("unneeded") @reason("no agreement needed") @reason_zh("无需约定")
permit (principal, action == Action::"read", resource is Household) when { context.agreement == "unneeded" };"""


@pytest.fixture(scope="module")
def schemas():
    terms = (Settings.load().schema_directory / "policies" / "purposes.yaml").read_text(encoding="utf-8")
    policies = bundle({"own.cedar": OWN_DATA + AGREED_DATA}, terms, CATALOGUE)
    return ViewerSchemas(partial(restrict, build_schema(CATALOGUE), CATALOGUE), policies, CATALOGUE)


def viewer(department, granted=frozenset()):
    return Principal("x", department, frozenset({"civil-affairs"}), frozenset({"2305"}), "assistance-review", granted)


def test_what_policy_permits_of_ones_own_data_alone_exists_for_its_department(schemas):
    own, other = viewer("CIVIL_AFFAIRS"), viewer("SOCIAL_SECURITY")
    for schema_of in (schemas.shown, lambda principal: schemas.documents(principal).schema):
        assert "Need" in schema_of(own).type_map
        assert "Need" not in schema_of(other).type_map


def test_what_an_agreement_would_permit_exists_before_there_is_one(schemas):
    for principal in (viewer("SOCIAL_SECURITY"), viewer("SOCIAL_SECURITY", ALL_GRANTED)):
        assert "Household" in schemas.documents(principal).schema.type_map
        assert "Household" in schemas.shown(principal).type_map
