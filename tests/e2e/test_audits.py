"""The audits that the GraphQL ecosystem has for servers and schemas, run by Node.js against the hub."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from node_packages import install

AUDITS = Path(__file__).with_name("audits")
SDL = Path(__file__).parents[2] / "schema" / "hub.graphql"
COUNT = 61


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Run one of the scripts with what package-lock.json names; give what it printed."""
    home = tmp_path_factory.mktemp("audits")
    install(AUDITS, home, "these audits")

    def run(script, *arguments, **environment):
        done = subprocess.run(
            ["node", script, *arguments],  # noqa: S607 - the same
            cwd=home, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run


def test_every_audit_of_graphql_over_http_is_passed_without_error_or_warning(node, hub):
    viewer = hub.viewers["civil-affairs"]

    found = node("server.js", HUB_URL=f"{hub.url}/graphql", HUB_TOKEN=viewer["token"], HUB_PURPOSE=viewer["purpose"])

    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len(found) == COUNT


def test_the_schema_keeps_relays_rules(node):
    assert node("schema.js", str(SDL)) == []


@pytest.mark.parametrize(
    ("was", "becomes", "rule"),
    [
        ("first: Int", "limit: Int", "relay-arguments"),
        ("type RegionConnection {", "type RegionConnection {\n  other: Int\n", None),
        ("pageInfo: PageInfo!", "pageInfo: PageInfo", "relay-connection-types"),
        ("cursor: String!", "cursor: PageInfo!", "relay-edge-types"),
        ("hasNextPage: Boolean!", "hasNextPage: Boolean", "relay-page-info"),
    ],
)
def test_a_schema_that_breaks_relays_rules_is_told_from_one_that_keeps_them(node, tmp_path, was, becomes, rule):
    text = SDL.read_text(encoding="utf-8")
    assert was in text
    broken = tmp_path / "broken.graphql"
    broken.write_text(text.replace(was, becomes), encoding="utf-8")

    found = {message["ruleId"].removeprefix("@graphql-eslint/") for message in node("schema.js", str(broken))}

    assert found == ({rule} if rule else set())


def test_the_lock_file_names_no_registry():
    lock = json.loads((AUDITS / "package-lock.json").read_text(encoding="utf-8"))

    assert lock["packages"]
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []
