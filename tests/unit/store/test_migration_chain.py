"""The migrations are one chain: two that were written at the same time must not both follow the same one."""

from __future__ import annotations

import re
from pathlib import Path

FILES = sorted((Path(__file__).parents[3] / "migrations" / "versions").glob("*.py"))


def declared(file, name):
    return re.search(rf'^{name} = (?:"(\w+)"|None)$', file.read_text(encoding="utf-8"), re.MULTILINE)[1]


def test_each_migration_follows_the_one_before_it_and_has_the_number_in_its_name():
    chain = [(declared(file, "down_revision"), declared(file, "revision")) for file in FILES]
    numbers = [f"{number:04}" for number in range(1, len(FILES) + 1)]

    assert chain == list(zip([None, *numbers], numbers, strict=False))
    assert [file.name.partition("_")[0] for file in FILES] == numbers
