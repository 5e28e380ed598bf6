"""Attack: change a rule on the hub's disk, so that households are found beyond the limits, or within them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from acting_hub import acting_on
from checking import SOCIAL, Checking, schema_with
from consenting import ADULT
from hub.crypto import SigningKey
from hub.means.rules import RulesRefused, load_rules, sign, signer_of, why_unusable
from hub.postgres import embedded

SHIPPED = Path(__file__).parents[2] / "schema" / "rules"
OURS, THEIRS = SigningKey.generate(), SigningKey.generate()


@pytest.fixture
def directory(tmp_path):
    return Path(shutil.copytree(SHIPPED, tmp_path / "rules"))


def test_rules_count_that_a_trusted_key_signed_and_no_others(directory):
    rules, keys = load_rules(directory), [OURS.public]
    assert "must be signed" in (why_unusable(rules, directory, keys, demo=True) or "")
    sign(rules, directory, THEIRS)
    assert why_unusable(rules, directory, keys, demo=True) is not None
    sign(rules, directory, OURS)
    assert signer_of(rules, directory, keys) == OURS.public
    assert why_unusable(rules, directory, keys, demo=True) is None
    assert why_unusable(rules, directory, None, demo=True) is None
    # What is signed may still be for the demo alone.
    assert "those of the demo" in (why_unusable(rules, directory, keys, demo=False) or "")


def test_a_rule_that_was_changed_after_it_was_signed_counts_no_more(directory):
    sign(load_rules(directory), directory, OURS)
    file = directory / "means.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("value: 632,", "value: 9999,"), encoding="utf-8")
    changed = load_rules(directory)
    with pytest.raises(RulesRefused, match="are not what was signed"):
        signer_of(changed, directory, [OURS.public])
    # And whoever signs it with another key has it signed by that one alone.
    sign(changed, directory, THEIRS)
    assert why_unusable(changed, directory, [OURS.public], demo=True) is not None


async def test_no_check_starts_by_rules_that_may_not_be_used(server, migrated_template, tmp_path):
    url = await embedded.create_database(server.url, "unusable_rules", template=migrated_template)
    async with acting_on(url, schema_dir=schema_with(tmp_path, SOCIAL), demo_rules=False) as acting:
        checking = Checking(acting, {})
        home = await checking.authorised(ADULT)
        row = (await checking.taken("request", {"household": home.id, "reason": "APPLICATION"}))["id"]
        assert "those of the demo" in await checking.refused("start", {"id": row})
        assert (await checking.seen(row))["questions"]["nodes"] == []
