"""``hub rules`` as whoever writes rules uses it: on a copy, before anybody is checked by it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import orjson
import pytest

import commands
from hub.crypto.signing import read_public_keys
from hub.means.rules import RulesRefused, load_rules, signer_of

SHIPPED = Path(__file__).parents[2] / "schema" / "rules"
HIGHER = ("{from: 2026-04-01, value: 832, cite: unknown}", "{from: 2026-04-01, value: 900, cite: unknown}")


@pytest.fixture
def rules(tmp_path):
    """A copy of the shipped rules, in which text can be put for other text."""
    made = tmp_path / "rules"
    shutil.copytree(SHIPPED, made)

    def change(old, new):
        text = (made / "means.yaml").read_text("utf-8")
        assert old in text
        (made / "means.yaml").write_text(text.replace(old, new), "utf-8")
        return made

    change.directory = made
    return change


@pytest.fixture
def command(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment = {**kept, "HUB_HOME": str(tmp_path / "none"), "COLUMNS": "80", "NO_COLOR": "1"}

    def run(*arguments, expect=0):
        done = commands.run(*map(str, arguments), env=environment)
        assert done.returncode == expect, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return " ".join((done.stdout if expect == 0 else done.stdout + done.stderr).split())

    return run


def test_the_shipped_rules_are_in_order_and_their_cases_hold(command):
    assert "nothing is wrong" in command("rules", "check", "--rules", SHIPPED)
    told = command("rules", "test", "--rules", SHIPPED)
    count = int(told.split()[0])
    assert told.startswith(f"{count} of {count} cases hold.")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("until: 2026-03-31, value: 600", "until: 2026-02-28, value: 600", "2305: nothing holds from 2026-03-01"),
        ("when: I < S * n, then: DIBAO", "when: I < S * m, then: DIBAO", "m"),
        ("cite: [DB-33, N22-1.3]", "cite: DB-333", "decide.exit: cites DB-333"),
        ("cite: [DB-33, N22-1.3]", "cite: []", "decide.3.cite"),
        ("    cite: [DB-33, N22-1.3]\n", "", "decide.3.cite: Field required"),
        ("version: 3", "version: three", "version"),
    ],
)
def test_a_gap_a_name_that_nothing_has_and_what_no_article_says_are_refused_with_their_place(
    command, rules, old, new, said
):
    told = command("rules", "check", "--rules", rules(old, new), expect=1)
    assert told.startswith(("HUB-940", "HUB-901"))
    assert "rules/means.yaml" in told
    assert said in told


def test_rules_that_are_not_there_are_refused(command, tmp_path):
    none = tmp_path / "nowhere"
    for arguments in (("check", "--rules", none), ("test", "--rules", none), ("diff", SHIPPED, none)):
        assert command("rules", *arguments, expect=1).startswith("HUB-901")


def test_what_rests_on_no_text_is_named(command):
    found = orjson.loads(command("rules", "check", "--rules", SHIPPED, "--json"))
    assert found["demo"]
    assert "parameters.standard.values.2305 from 2026-04-01" in found["unread"]
    assert not [place for place in found["unread"] if place.startswith("parameters.margin.factor")]


def test_a_case_that_no_longer_holds_is_named(command, rules):
    told = command("rules", "test", "--rules", rules(*HIGHER), expect=1)
    assert "the standard of a district" in told


def test_a_case_is_explained_with_every_input_and_article(command):
    found = orjson.loads(command("rules", "explain", "gradual exit in its third month", "--rules", SHIPPED, "--json"))
    assert "DB-33" in orjson.dumps(found).decode()
    told = command("rules", "explain", "gradual exit", "--rules", SHIPPED, expect=1)
    assert "More than one case begins so" in told
    assert "at the standard it is margin" not in told
    assert "No case begins so" in command("rules", "explain", "nothing", "--rules", SHIPPED, expect=1)


def test_which_cases_two_versions_decide_differently(command, rules):
    assert "the standard of a district" in command("rules", "diff", SHIPPED, rules(*HIGHER))
    assert "the standard of a district" not in command("rules", "diff", SHIPPED, SHIPPED)
    found = orjson.loads(command("rules", "diff", SHIPPED, rules.directory, "--json"))
    [changed] = found["changed"]
    assert (changed["was"], changed["now"]) == (
        "CONSISTENT, DIBAO, 832 CNY a month", "CONSISTENT, DIBAO, 900 CNY a month",
    )  # fmt: skip


def test_rules_are_signed_by_a_key_and_not_without_one(command, rules, tmp_path):
    command("policy", "keygen", tmp_path / "rules.key")
    command("rules", "sign", "--rules", rules.directory, "--key", tmp_path / "rules.key")
    keys = read_public_keys((tmp_path / "rules.key.pub").read_text(), "rules.key.pub")
    assert signer_of(load_rules(rules.directory), rules.directory, keys) == keys[0]
    rules(*HIGHER)
    with pytest.raises(RulesRefused, match="not what was signed"):
        signer_of(load_rules(rules.directory), rules.directory, keys)
    for wrong in (tmp_path / "no.key", tmp_path / "rules.key.pub"):
        said = command("rules", "sign", "--rules", rules.directory, "--key", wrong, expect=1)
        assert said.startswith("HUB-511")
