"""What is derived stands in the repository as the declarations and policies make it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.derived import case_files, schema_files

DIRECTORY = Path(__file__).parents[2] / "schema"


@pytest.mark.parametrize("file", [*schema_files(DIRECTORY), *case_files(DIRECTORY)], ids=lambda file: file.path.name)
def test_a_derived_file_is_current(file):
    assert file.current, f"{file.path.name} is not current: run `hub schema derive`."


def test_every_json_schema_in_the_repository_is_derived():
    derived = {file.path for file in schema_files(DIRECTORY)}
    assert set(DIRECTORY.rglob("*.schema.json")) <= derived
