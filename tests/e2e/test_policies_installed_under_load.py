"""``hub policy``: from a directory to a signed bundle that two workers go by, while requests come without pause."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from pathlib import Path

import httpx
import orjson
import pytest

import commands
from served_hub import serving

SHIPPED = Path(__file__).parents[2] / "schema" / "policies"
QUERY = {"query": "{ charityOrganisations(first: 1) { totalCount } regions(first: 1) { nodes { code name } } }"}
NAMELESS = """
@id("nameless") @reason("names of divisions are not shown today") @reason_zh("今日不提供区划名称")
forbid (principal, action == Action::"read", resource is Region) when { context.field == "name" };
"""
ADD = (
    "partner", "add", "jianshan", "--title", "尖山区民政局", "--role", "civil-affairs",
    "--purpose", "assistance-review", "--region", "230502",
)  # fmt: skip


@pytest.fixture(scope="module")
def place():
    # Not pytest's own directory: that is closed to the user nobody, who may have to run the server.
    made = Path(tempfile.mkdtemp(prefix="hub-policies-"))
    made.chmod(0o711)
    shutil.copytree(SHIPPED, made / "mine", ignore=shutil.ignore_patterns("cases"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def environment(place):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {
        **kept, "HUB_HOME": str(place / "hub"), "HUB_POLICY_KEYS": str(place / "trusted"), "COLUMNS": "80",
        "NO_COLOR": "1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def hub(environment, place):
    def run(*arguments, expect=0):
        done = commands.run(*arguments, env=environment, cwd=place)
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def packed(hub, place, version, more="", *, key="key"):
    (place / "mine" / "more.cedar").write_text(more or "// nothing more", encoding="utf-8")
    bundle = f"{version}.bundle"
    hub("policy", "pack", bundle, "--version", str(version), "--from", "mine")
    if key:
        hub("policy", "sign", bundle, "--key", key)
    return bundle


@pytest.fixture(scope="module")
def prepared(hub, place, environment):
    """Keys, a first bundle in force, and a partner's token."""
    hub("policy", "keygen", "key", "--remark", "data authority")
    hub("policy", "keygen", "other")
    assert (place / "key").stat().st_mode & 0o777 == 0o600
    shutil.copy(place / "key.pub", place / "trusted")
    unasked = {**environment}
    del unasked["HUB_POLICY_KEYS"]
    for command in (ADD, ("regions", "load")):
        assert commands.run(*command, env=unasked).returncode == 0
    return commands.run("partner", "token", "jianshan", env=unasked).stdout.split()[0]


@pytest.mark.usefixtures("prepared")
def test_without_a_bundle_a_hub_that_asks_for_signatures_does_not_start_and_says_what_to_do(hub):
    said = hub("serve", "--port", "0", expect=1)
    assert "HUB-215" in said
    assert "hub policy install" in " ".join(said.split())
    assert "policies must be signed" in " ".join(hub("policy", "list").split())


def test_bundles_change_under_load_and_no_request_fails_or_sees_half_of_one(hub, place, environment, prepared):
    hub("policy", "install", packed(hub, place, 1))
    bundles = [packed(hub, place, 2, NAMELESS), packed(hub, place, 3)]
    headers = {"Authorization": f"Bearer {prepared}", "Hub-Purpose": "assistance-review"}
    seen, wrong, stop = [], [], threading.Event()

    def asking(url):
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            while not stop.is_set():
                answer = client.post("/graphql", json=QUERY)
                body = answer.json() if answer.status_code == 200 else {"errors": answer.text}
                if "errors" in body:
                    wrong.append(body["errors"])
                    continue
                names = {node["name"] is None for node in body["data"]["regions"]["nodes"]}
                withheld = {entry["path"] for entry in body["extensions"]["access"]}
                # What is shown and what is said of it are by one bundle.
                seen.append((names == {True}, "regions.nodes.name" in withheld))

    with serving(environment, "--workers", "2") as url:
        askers = [threading.Thread(target=asking, args=(url,)) for _ in range(3)]
        for each in askers:
            each.start()
        try:
            for bundle, nameless in zip(bundles, (True, False), strict=True):
                hub("policy", "install", bundle)
                # From here on, both workers go by it: each of these is a connection of its own.
                for _ in range(12):
                    answer = httpx.post(f"{url}/graphql", json=QUERY, headers=headers, timeout=60).json()
                    assert (answer["data"]["regions"]["nodes"][0]["name"] is None) is nameless
        finally:
            stop.set()
            for each in askers:
                each.join()
    assert wrong == []
    assert set(seen) == {(False, False), (True, True)}


def test_what_may_not_be_installed_is_refused_and_what_is_in_force_stays(hub, place):
    before = orjson.loads(hub("policy", "list", "--json"))["installed"]
    for bundle, code in (
        (packed(hub, place, 11, key=""), "HUB-512"),
        (packed(hub, place, 12, key="other"), "HUB-512"),
        ("1.bundle", "HUB-213"),
        ("3.bundle", "HUB-213"),
    ):
        assert code in hub("policy", "install", bundle, expect=1)
    # One that does not validate is not even packed: file, line and why.
    wrong = NAMELESS.replace("context.field ==", "resource.colour ==")
    (place / "mine" / "more.cedar").write_text(wrong, encoding="utf-8")
    said = " ".join(hub("policy", "pack", "13.bundle", "--version", "13", "--from", "mine", expect=1).split())
    assert re.search(r"HUB-210 more\.cedar:3: policy nameless: does not fit the schema: attribute `colour`", said)
    assert "more.cedar:3" in hub("policy", "check", "mine", expect=1)
    assert orjson.loads(hub("policy", "list", "--json"))["installed"] == before


def test_an_older_bundle_comes_back_with_a_reason_that_the_list_keeps(hub):
    assert "needs a reason" in hub("policy", "install", "2.bundle", "--roll-back", " ", expect=2)
    hub("policy", "install", "2.bundle", "--roll-back", "3 shows names that are wrong")
    listed = orjson.loads(hub("policy", "list", "--json"))["installed"]
    assert [(each["version"], each["rolledBack"]) for each in listed] == [
        (1, None), (2, None), (3, None), (2, "3 shows names that are wrong"),
    ]  # fmt: skip
    shown = hub("policy", "list")
    assert max(map(len, shown.splitlines())) <= 80


def test_a_bundle_says_what_it_is_and_who_signed_it(hub):
    found = orjson.loads(hub("policy", "verify", "3.bundle", "--json"))
    assert found["version"] == 3
    assert found["signedBy"]["remark"] == "data authority"
    assert "more.cedar" in found["files"]
    assert "HUB-512" in hub("policy", "verify", "3.bundle", "--trusted", "other.pub", expect=1)


def test_what_widens_is_marked_and_fails(hub):
    assert "gets for every purpose what it got before" in hub("policy", "diff", "1.bundle", "3.bundle")
    narrower = hub("policy", "diff", "1.bundle", "2.bundle")
    assert "- narrower: Region" in narrower
    wider = hub("policy", "diff", "2.bundle", "3.bundle", expect=1)
    assert "+ wider: Region" in wider
    assert "read: name" in wider
    assert max(map(len, wider.splitlines())) <= 80
    [first, *_] = orjson.loads(hub("policy", "diff", "2.bundle", "3.bundle", "--json", expect=1))
    assert {"change", "role", "purpose", "entity", "item", "action", "old", "new", "policies"} == first.keys()
    assert "no directory, no bundle, and no git revision" in " ".join(
        hub("policy", "diff", "nowhere", expect=1).split()
    )


def test_the_matrix_shows_each_field_for_each_purpose_and_what_masks_leave(hub):
    shown = hub("policy", "matrix", "1.bundle", "--role", "social-security").replace("\N{ZERO WIDTH SPACE}", "")
    assert max(map(len, shown.splitlines())) <= 80
    assert re.search(r"id_number +│masked ~[\d,]+ l", shown)
    cells = orjson.loads(hub("policy", "matrix", "1.bundle", "--role", "charity", "--json"))
    assert {cell["shown"] for cell in cells if cell["item"] == "description" and cell["entity"] == "Need"} == {"no"}
    table = hub("policy", "matrix", "1.bundle", "--role", "charity", "--csv").splitlines()
    assert table[0].startswith("role,purpose,entity,item,shown")
    assert len(table) == len(cells) + 1
    assert "<table>" in hub("policy", "matrix", "1.bundle", "--role", "charity", "--html")
    assert "there is no role x" in hub("policy", "matrix", "1.bundle", "--role", "x", expect=2)


def test_golden_cases_run_and_a_right_that_no_case_expects_fails(hub, place):
    (place / "mine" / "more.cedar").write_text("// nothing more", encoding="utf-8")
    (place / "mine" / "cases").mkdir()
    shutil.copy(SHIPPED / "cases" / "charity.yaml", place / "mine" / "cases")
    assert "passes cases/charity.yaml" in hub("policy", "test", "mine", "--role", "charity")
    wide = '@id("wide") permit (principal in Role::"charity", action == Action::"read", resource is Household);'
    (place / "mine" / "more.cedar").write_text(wide, encoding="utf-8")
    said = hub("policy", "test", "mine", expect=1)
    assert "FAILS  cases/charity.yaml" in said
    assert "read of Household.id: expected no right" in said or "read of Household.id: expected no row" in said
    assert "cases fail" in hub("policy", "pack", "14.bundle", "--version", "14", "--from", "mine", expect=1)


def test_why_a_viewer_may_or_may_not_see_a_field_in_words_of_both_languages(hub):
    said = hub("policy", "explain", "charity", "charity-matching", "Need.kind", "--policies", "1.bundle")
    assert "a charity learns which needs are open" in said
    assert "经本人同意" in said
    assert "status = OPEN" in said
    said = hub("policy", "explain", "auditor", "audit", "Person.name", "--policies", "1.bundle")
    assert "no row" in said
    # A partner is explained by what is in force, with the agreements that it has.
    said = " ".join(hub("policy", "explain", "jianshan", "assistance-review", "Region.name").split())
    assert "names of divisions are not shown today" in said
    assert "今日不提供区划名称" in said
    assert "HUB-321" in hub("policy", "explain", "nobody", "assistance-review", "Need", expect=1)
    assert "no entity Nonsense" in hub("policy", "explain", "jianshan", "audit", "Nonsense", expect=1)
