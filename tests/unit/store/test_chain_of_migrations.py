"""Migrations are one chain, numbered without a gap: two that came at once would both claim a number."""

from __future__ import annotations

from hub.store import migrate


def test_each_migration_follows_the_one_before_it():
    files = sorted(path.name for path in (migrate.directory() / "versions").glob("*.py"))
    assert [name[:4] for name in files] == [f"{number:04}" for number in range(1, len(files) + 1)]
    for name, before in zip(files, [None, *files], strict=False):
        text = (migrate.directory() / "versions" / name).read_text(encoding="utf-8")
        follows = f'down_revision = "{before[:4]}"' if before else "down_revision = None"
        assert f'revision = "{name[:4]}"\n{follows}\n' in text, name
