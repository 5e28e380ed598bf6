"""The launcher between the hub and PostgreSQL."""

from __future__ import annotations

import os
import signal

from hub.postgres import launch


def test_the_stand_in_is_not_root() -> None:
    user, group = launch.stand_in()
    assert user != 0
    assert group != 0


def test_the_launcher_takes_nothing_from_the_environment() -> None:
    command = launch.command("same", signal.SIGINT, ["/bin/true", "--flag"])
    assert command[1:3] == ["-I", "-S"]
    assert command[-2:] == ["/bin/true", "--flag"]


def test_the_launcher_knows_whose_death_to_watch() -> None:
    assert str(os.getpid()) in launch.command("same", signal.SIGINT, ["/bin/true"])


def test_a_made_up_user_is_not_known() -> None:
    assert launch.is_known(0)
    assert not launch.is_known(3_999_999_999)
