"""The administrators' commands, run as a person runs them, against a PostgreSQL of one's own."""

from __future__ import annotations

import os
import re
import socket
import time
from pathlib import Path

import httpx
import orjson
import pytest

import commands
from hub.policy.load import TERMS
from hub.policy.terms import read_terms
from hub.settings import Settings
from served_hub import ask, serving

ADD = (
    "partner", "add", "jianshan", "--title", "尖山区民政局", "--role", "civil-affairs",
    "--purpose", "assistance-review", "--region", "230502",
)  # fmt: skip


@pytest.fixture(scope="module")
def environment(database_url, tmp_path_factory):
    """A home of its own, and a database on a server that is not the hub's."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return {**kept, "HUB_DATABASE_URL": database_url, "HUB_HOME": str(home), "COLUMNS": "160", "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def hub(environment):
    """Run a command to its end."""

    def run(*arguments, expect=0, **more):
        done = commands.run(*arguments, env={**environment, **more})
        assert done.returncode == expect, done.stdout + done.stderr
        return done

    return run


def test_a_database_of_ones_own_gets_all_tables_and_no_embedded_server_is_started(hub, environment):
    done = hub("migrate")

    assert "has all tables" in done.stdout
    assert not (Path(environment["HUB_HOME"]) / "postgres").exists()


def test_a_partner_gets_a_token_that_answers_until_it_is_revoked(hub, environment):
    hub(*ADD)
    made = orjson.loads(hub("partner", "token", "jianshan", "--days", "7", "--json").stdout)
    listed = orjson.loads(hub("partner", "list", "--json").stdout)

    assert [partner["name"] for partner in listed["partners"]] == ["jianshan"]
    assert listed["tokens"][0]["prefix"] == made["prefix"]
    assert made["token"] not in orjson.dumps(listed).decode()
    shown = hub("partner", "list", COLUMNS="80").stdout
    about = "department civil-affairs; roles civil-affairs; divisions 230502\n  purposes assistance-review\n"
    assert f"jianshan  尖山区民政局\n  {about}" in shown
    assert f"  token {made['prefix']}, valid until " in shown
    with serving(environment) as url:
        assert ask(url, made["token"]).status_code == 200
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
        assert httpx.get(f"{url}/readyz").json() == {"status": "ready"}
        hub("partner", "revoke", made["prefix"])
        deadline = time.monotonic() + 30
        while ask(url, made["token"]).status_code != 401:
            assert time.monotonic() < deadline, "the revoked token still answers"
            time.sleep(0.5)


def test_a_member_asks_with_a_token_of_its_own_is_found_in_the_audit_and_is_ended(hub, environment):
    hub("partner", "add", "office", *ADD[3:])
    added = hub("member", "add", "office", "--name", "王小明", "--region", "230502001", COLUMNS="80")
    [member] = orjson.loads(hub("member", "list", "office", "--json").stdout)
    made = orjson.loads(hub("member", "token", member["member"][:12], "--json").stdout)

    assert f"{member['member']}  王小明\n  office; roles civil-affairs; divisions 230502001\n" in added.stdout
    assert (member["name"], member["regions"], made["member"]) == ("王小明", ["230502001"], member["member"])
    assert f"token {made['prefix']}, valid until " in hub("member", "show", member["member"]).stdout
    assert f"token {made['prefix']} of {member['member']}, valid" in hub("partner", "list", COLUMNS="80").stdout
    with serving(environment) as url:
        answered = ask(url, made["token"])
        assert answered.status_code == 200
        [line] = orjson.loads(hub("audit", "who", answered.headers["hub-request-id"], "--json").stdout)
        shown = hub("audit", "who", member["member"], COLUMNS="80").stdout
        assert "Ended" in hub("member", "end", member["member"]).stdout
        assert ask(url, made["token"]).status_code == 401
    assert (line["partner"], line["name"], line["purpose"]) == ("office", "王小明", "assistance-review")
    assert f"office  王小明\n  query for assistance-review: answered, {line['rows']} rows\n" in shown
    assert orjson.loads(hub("member", "list", "office", "--json").stdout) == []
    [ended] = orjson.loads(hub("member", "list", "office", "--ended", "--json").stdout)
    assert ended["endedAt"] is not None
    assert "HUB-323" in hub("member", "end", member["member"], expect=1).stderr
    assert "HUB-323" in hub("member", "token", member["member"], expect=1).stderr
    assert "each as it was written" in hub("audit", "verify").stdout


def test_members_that_cannot_be_are_refused_with_what_would_fit(hub):
    hub("partner", "add", "small", *ADD[3:])
    role = hub("member", "add", "small", "--name", "李小红", "--role", "auditor", expect=1)
    beyond = hub("member", "add", "small", "--name", "李小红", "--region", "2305", expect=1)
    hub("member", "add", "small", "--name", "李小红")

    assert "HUB-323 small has no role auditor. It has: civil-affairs." in role.stderr
    assert "HUB-323 2305 is not within the divisions of small: 230502." in beyond.stderr
    assert "HUB-324" in hub("member", "add", "small", "--name", "李小红", expect=1).stderr
    assert "HUB-321" in hub("member", "add", "nobody", "--name", "李小红", expect=1).stderr
    assert "HUB-321" in hub("member", "list", "nobody", expect=1).stderr
    assert "HUB-325" in hub("member", "show", "mem_00000000", expect=1).stderr
    assert "No record has it." in hub("audit", "who", "no-such-request", expect=1).stderr


def test_a_suspended_partner_is_refused_at_once_until_it_is_resumed(hub, environment):
    hub("partner", "add", "pausing", *ADD[3:])
    token = hub("partner", "token", "pausing").stdout.split()[0]
    with serving(environment) as url:
        assert ask(url, token).status_code == 200
        hub("partner", "suspend", "pausing")
        assert ask(url, token).status_code == 401
        assert "pausing  尖山区民政局  (suspended)" in hub("partner", "list").stdout
        hub("partner", "resume", "pausing")
        deadline = time.monotonic() + 30
        while ask(url, token).status_code != 200:
            assert time.monotonic() < deadline, "the resumed partner is still refused"
            time.sleep(0.5)
    assert "HUB-321" in hub("partner", "suspend", "nobody", expect=1).stderr


def test_where_only_trusted_documents_are_answered_nothing_else_is(hub, environment):
    hub("partner", "add", "trusting", *ADD[3:])
    token = hub("partner", "token", "trusting").stdout.split()[0]
    listed = orjson.loads(hub("schema", "operations", "--json").stdout)
    [counts] = [key for key, one in listed.items() if one["file"] == "civil-affairs/recipients-in-numbers.graphql"]
    headers = {"Authorization": f"Bearer {token}", "Hub-Purpose": "assistance-review"}

    with serving({**environment, "HUB_TRUSTED_ONLY": "true"}) as url:
        refused = ask(url, token)
        introspected = httpx.post(f"{url}/graphql", json={"query": "{ __schema { types { name } } }"}, headers=headers)
        exported = httpx.post(f"{url}/export", json={"query": "{ regions { nodes { code } } }"}, headers=headers)
        catalogued = httpx.get(f"{url}/catalogue.csv", headers=headers)
        answered = httpx.post(
            f"{url}/graphql", json={"documentId": counts, "variables": {"division": "230502"}}, headers=headers
        )

    for response in (refused, introspected, exported):
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"]["code"] == "HUB-118"
    assert answered.status_code == 200
    assert answered.json()["data"]["recipientStats"]["groups"] == []
    # The query behind it is the hub's own.
    assert catalogued.status_code == 200


def test_two_workers_share_one_database_and_one_chain_of_records(hub, environment):
    hub("partner", "add", "both", *ADD[3:])
    token = hub("partner", "token", "both").stdout.split()[0]

    with serving(environment, "--workers", "2") as url:
        assert {ask(url, token).status_code for _ in range(20)} == {200}

    assert "each as it was written" in hub("audit", "verify").stdout


def test_more_connections_than_the_server_gives_are_refused_with_what_would_fit(hub):
    refused = hub("serve", "--workers", "8", expect=1)

    assert "240 database connections" in refused.stderr
    assert "HUB_POOL_SIZE to at most 8" in refused.stderr


def test_a_role_purpose_or_region_that_does_not_exist_is_refused_with_those_that_do(hub):
    role = hub(
        "partner", "add", "x", "--title", "x", "--role", "wizard", "--purpose", "audit", "--region", "23", expect=1
    )
    purpose = hub(
        "partner", "add", "x", "--title", "x", "--role", "charity", "--purpose", "audit", "--region", "23", expect=1
    )
    region = hub(
        "partner", "add", "x", "--title", "x", "--role", "auditor", "--purpose", "audit", "--region", "Harbin", expect=1
    )

    mistyped = hub(*ADD[:-1], "230512", expect=1)

    assert "230512 is not in the list of divisions. Was 2305" in mistyped.stderr
    known = read_terms((Settings.load().schema_directory / "policies" / TERMS).read_text(encoding="utf-8"), TERMS)
    assert f"Roles: {', '.join(sorted(known.roles))}" in " ".join(role.stderr.split())
    assert "charity-matching" in purpose.stderr
    assert "region code" in region.stderr


def test_a_partner_of_the_same_name_and_a_token_for_nobody_are_refused(hub):
    hub("partner", "add", "twice", *ADD[3:])

    assert "HUB-320" in hub("partner", "add", "twice", *ADD[3:], expect=1).stderr
    assert "HUB-321" in hub("partner", "token", "nobody", expect=1).stderr


def test_divisions_are_loaded_and_a_second_load_changes_nothing(hub):
    assert re.search(r"\b880 divisions are new or changed", hub("regions", "load").stdout)
    assert re.search(r"\b0 divisions are new or changed", hub("regions", "load").stdout)


def test_the_data_catalogue_is_listed_written_to_files_and_in_the_audit(hub, tmp_path):
    hub("migrate")
    before = orjson.loads(hub("audit", "verify", "--json").stdout)["records"]
    listed = hub("catalogue").stdout
    assert "Overdue 逾期: civil-affairs, never updated" in listed
    data = orjson.loads(hub("catalogue", "--json").stdout)
    assert {"Recipient", "QuarantinedRow"} <= {entry["name"] for entry in data["catalogue"]}
    written, book = tmp_path / "catalogue.csv", tmp_path / "catalogue.xlsx"
    hub("catalogue", "--csv", str(written), "--xlsx", str(book))
    assert len(written.read_text(encoding="utf-8-sig").splitlines()) == 1 + sum(
        len(entry["items"]) for entry in data["catalogue"]
    )
    assert book.read_bytes().startswith(b"PK")
    assert orjson.loads(hub("audit", "verify", "--json").stdout)["records"] == before + 3
    refused = hub("catalogue", "--csv", str(tmp_path / "none" / "x.csv"), expect=2)
    assert "cannot be written" in refused.stderr


def test_a_source_that_nobody_has_located_is_named_with_the_variable_to_set(hub):
    done = hub("sync", "civil-affairs", expect=1)

    assert "HUB_SOURCE_CIVIL_AFFAIRS" in done.stderr


def test_the_place_of_a_source_that_has_no_mapping_is_refused(hub, environment):
    misspelt = hub("sync", expect=1, HUB_SOURCE_CIVIL_AFAIRS="/somewhere")
    file = Path(environment["HUB_HOME"]) / "sources.json"
    file.touch(mode=0o600)
    file.write_text('{"civil-afairs": "/somewhere"}')
    listed = hub("sync", expect=1)
    file.unlink()

    assert "Was HUB_SOURCE_CIVIL_AFFAIRS meant?" in misspelt.stderr
    assert "names civil-afairs" in listed.stderr


def test_a_source_that_cannot_be_reached_fails_alone_and_says_why(hub, tmp_path):
    empty = tmp_path / "charity"
    empty.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    done = hub(
        "sync", "public-security", "charity-federation", "--json", expect=1,
        HUB_SOURCE_PUBLIC_SECURITY=f"postgresql://reader:pass-phrase@127.0.0.1:{port}/police",
        HUB_SOURCE_CHARITY_FEDERATION=str(empty), HUB_DEMO_RULES="true",
    )  # fmt: skip
    result = orjson.loads(done.stdout)
    reports = {report["source"]: report for report in result["sources"]}

    assert reports["public-security"]["status"] == "FAILED"
    assert reports["public-security"]["message"]
    assert "pass-phrase" not in done.stdout + done.stderr
    assert result["meansChecks"]["missing"] == ["PUBLIC_SECURITY", "REAL_ESTATE", "SOCIAL_SECURITY"]


def test_losses_are_accepted_for_named_sources_only(hub):
    refused = hub("sync", "--accept", expect=2)

    assert "Name the sources" in refused.stderr


def test_what_is_derived_stands_in_its_files(hub):
    assert "are current" in hub("schema", "derive", "--check").stdout
    assert "type Query" in hub("schema", "print").stdout


def test_a_schema_that_breaks_partners_queries_is_refused_unless_announced(hub, tmp_path):
    text = hub("schema", "print").stdout
    same, older = tmp_path / "same.graphql", tmp_path / "older.graphql"
    same.write_text(text, encoding="utf-8")
    older.write_text(text.replace("type Query {", "type Query {\n  greeting: String\n"), encoding="utf-8")
    notes = tmp_path / "notes.md"

    assert "No query" in hub("schema", "diff", str(same)).stdout
    broken = hub("schema", "diff", str(older), expect=1).stdout
    assert broken.startswith("breaking: ")
    assert "Query.greeting" in broken
    assert orjson.loads(hub("schema", "diff", str(older), "--json", expect=1).stdout)[0]["kind"] == "FIELD_REMOVED"
    notes.write_text("- " + broken.removeprefix("breaking: "), encoding="utf-8")
    assert "announced: " in hub("schema", "diff", str(older), "--announced", str(notes)).stdout
    assert "neither a file nor a git revision" in hub("schema", "diff", "no-such-revision", expect=1).stderr
    assert "neither a file nor a git revision" in hub("schema", "diff", "--", "--output=x", expect=1).stderr


def test_a_setting_that_does_not_fit_is_named(hub):
    assert "HUB_PORT" in hub("migrate", expect=1, HUB_PORT="many").stderr


def test_without_its_keyring_the_hub_refuses_to_start(hub, environment):
    hub("regions", "load")
    keyring = Path(environment["HUB_HOME"]) / "keyring.json"
    away = keyring.rename(keyring.with_suffix(".away"))
    try:
        refused = hub("regions", "load", expect=1)
        assert not keyring.exists()
    finally:
        away.rename(keyring)

    assert "HUB-50" in refused.stderr
    assert "keyring" in refused.stderr


def test_a_changed_audit_record_is_found(hub):
    head = orjson.loads(hub("audit", "verify", "--json").stdout)
    assert head["records"] > 0
    seq, mac = head["head"].split(":")

    assert hub("audit", "verify", "--known", head["head"]).returncode == 0
    cut = hub("audit", "verify", "--known", f"{int(seq) + 5}:{mac}", "--json", expect=1)
    assert orjson.loads(cut.stdout)["fault"] == "cut"


def test_a_port_that_somebody_listens_on_is_refused_before_any_work(hub, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert "Choose another port" in hub("serve", "--port", port, expect=1).stderr
        refused = hub("demo", "--port", port, "--home", str(tmp_path / "demo"), expect=1)

    assert "Choose another port" in refused.stderr
    assert not (tmp_path / "demo" / "departments.json").exists()


def test_the_demo_keeps_out_of_a_database_with_partners_of_its_own(hub, environment):
    hub("partner", "add", "real", *ADD[3:])
    refused = hub("demo", "--once", "--people", "20", "--home", environment["HUB_HOME"], expect=1)

    assert "partners that are not the demo's" in refused.stderr
