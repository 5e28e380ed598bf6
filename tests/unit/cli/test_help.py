"""What ``--help`` says, at 80 columns."""

from __future__ import annotations

import unicodedata

import pytest
import typer.main
from typer.testing import CliRunner

from hub.cli.commands import app

WIDTH = 80


def commands():
    """Every command by its words, groups too."""
    found = {}

    def walk(command, words):
        found[words] = command
        for name, below in getattr(command, "commands", {}).items():
            walk(below, (*words, name))

    walk(typer.main.get_command(app), ())
    return found


COMMANDS = commands()


def columns(line):
    """How wide a terminal shows a line: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)


def helped(words):
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": str(WIDTH)}, terminal_width=WIDTH)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_fits_80_columns(words):
    assert [line for line in helped(words).splitlines() if columns(line) > WIDTH] == []


@pytest.mark.parametrize("words", [words for words, one in COMMANDS.items() if hasattr(one, "commands")], ids=" ".join)
def test_no_line_of_a_list_of_commands_is_cut_short(words):
    _, _, listed = helped(words).partition("Commands:")

    assert listed
    assert "..." not in listed


@pytest.mark.parametrize(
    "words", [words for words, one in COMMANDS.items() if not hasattr(one, "commands")], ids=" ".join
)
def test_help_of_a_command_has_an_example_that_runs_this_command(words):
    _, _, examples = helped(words).partition("  Example")

    assert f"hub {' '.join(words)}" in examples


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_names_the_command_in_chinese_too(words):
    title = helped(words).split("\n\n")[1]

    assert any(unicodedata.east_asian_width(each) == "W" for each in title)
