"""A new department is a declaration, a mapping and policies; what partners and the store see of it follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import build_schema as parse_schema
from graphql import parse, validate
from sqlalchemy import MetaData

from hub.derived import case_files, schema_files
from hub.policy import load
from hub.policy.cases import differences, read_cases
from hub.store.tables import derive
from hub.sync.mapping_files import load_mappings
from hub.sync.source_table import source_tables
from trial_department import CARDS, MAPPING, POLICIES, ROLE, WITH_CARDS

SCHEMA = Path(__file__).parents[2] / "schema"


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    """The schema directory with what people write for a new department, and all that is derived from it."""
    made = tmp_path_factory.mktemp("schema")
    for path in SCHEMA.rglob("*.*"):
        if path.is_file():
            copy = made / path.relative_to(SCHEMA)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (made / "mappings" / "trial-office.yaml").write_text(MAPPING, encoding="utf-8")
    (made / "policies" / "trial-office.cedar").write_text(POLICIES, encoding="utf-8")
    with (made / "policies" / "purposes.yaml").open("a", encoding="utf-8") as terms:
        terms.write(ROLE)
    for files in (schema_files, case_files):
        for file in files(made, WITH_CARDS):
            file.write()
    return made


def test_partners_can_ask_for_it(directory):
    schema = parse_schema((directory / "hub.graphql").read_text(encoding="utf-8"))
    document = "{ trialCertificates(where: {grade: {eq: FIRST}}) { nodes { number region person { name } } } }"
    assert validate(schema, parse(document)) == []
    assert validate(schema, parse("{ trialCertificateStats { total { count } } }")) == []


def test_its_golden_cases_wait_for_a_person_and_then_hold(directory):
    policies = load(directory / "policies", WITH_CARDS)
    for path in (directory / "policies" / "cases").glob("*.yaml"):
        confirmed = path.read_text(encoding="utf-8").replace("          draft: true\n", "")
        assert list(differences(read_cases(confirmed, path.name), policies, WITH_CARDS)) == []
    assert "draft: true" in (directory / "policies" / "cases" / "trial-office.yaml").read_text(encoding="utf-8")


def test_its_rows_are_read_as_its_mapping_says(directory):
    mappings = load_mappings(directory / "mappings", WITH_CARDS)
    [table] = source_tables(mappings["trial-office"].mapping, WITH_CARDS)
    assert table.entity is CARDS


def test_it_has_a_table_with_an_index_for_every_way_to_find_a_row():
    table = derive(WITH_CARDS, MetaData())["TrialCertificate"]
    assert {"id", "person_id", "number", "number_index", "grade", "issued_on", "region"} < set(table.columns.keys())
    indexed = {tuple(index.columns.keys()) for index in table.indexes}
    assert indexed == {("person_id", "id"), ("number_index",), ("grade", "id"), ("issued_on", "id"), ("region", "id")}
