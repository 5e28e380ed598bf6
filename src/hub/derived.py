"""The checked-in files that are derived from the declarations: what each must hold, and which does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub import policy
from hub.auth import Issuers
from hub.domain import CATALOGUE
from hub.domain.divisions import shipped
from hub.graph import build_schema, sdl
from hub.matching import Parameters
from hub.matching.criteria import Widths
from hub.means.rules.bundle import Articles, Bundle
from hub.policy.cases import Cases
from hub.policy.drafts import new_cases, with_drafts
from hub.policy.load import TERMS
from hub.policy.terms import Terms, read_terms
from hub.process.diagram import draw
from hub.process.page import page
from hub.sources.asking import Answers
from hub.sync.mapping import SourceMapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel

    from hub.catalog import Catalogue
    from hub.policy import Policies

COUNTY_DIGITS = 6


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file of the schema directory, and the text that it must have."""

    path: Path
    text: str

    @property
    def current(self) -> bool:
        """Whether it stands there so."""
        return self.path.is_file() and self.path.read_text(encoding="utf-8") == self.text

    def write(self) -> None:
        """Write it."""
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(self.text, encoding="utf-8")


def schema_files(directory: Path, catalogue: Catalogue = CATALOGUE) -> Iterator[DerivedFile]:
    """Yield the schemas, GraphQL's, the policies' and those of the YAML files, and a page for each process.

    Raises ``PolicyError``.
    """
    policies = directory / "policies"
    terms = read_terms((policies / TERMS).read_text(encoding="utf-8"), TERMS)
    yield DerivedFile(directory / "hub.graphql", sdl(build_schema(catalogue)))
    yield DerivedFile(policies / "hub.cedarschema", policy.derive(catalogue, terms))
    yield DerivedFile(policies / "purposes.schema.json", json_schema(Terms))
    yield DerivedFile(policies / "cases" / "case.schema.json", json_schema(Cases))
    yield DerivedFile(directory / "issuers.schema.json", json_schema(Issuers))
    yield DerivedFile(directory / "matching" / "parameters.schema.json", json_schema(Parameters))
    yield DerivedFile(directory / "matching" / "criteria.schema.json", json_schema(Widths))
    yield DerivedFile(directory / "mappings" / "mapping.schema.json", json_schema(SourceMapping))
    yield DerivedFile(directory / "rules" / "means.schema.json", json_schema(Bundle))
    yield DerivedFile(directory / "rules" / "articles.schema.json", json_schema(Articles))
    yield DerivedFile(directory / "answers" / "answers.schema.json", json_schema(Answers))
    for entity in catalogue:
        if entity.process is not None:
            yield DerivedFile(directory / "processes" / f"{entity.name}.svg", draw(entity.zh, entity.process))
            yield DerivedFile(directory / "processes" / f"{entity.name}.md", page(entity))


def case_files(directory: Path, catalogue: Catalogue = CATALOGUE) -> Iterator[DerivedFile]:
    """Yield the golden cases of each role, with drafts for what they lack.

    Raises ``PolicyError`` where the policies do not fit the declarations.
    """
    policies = policy.load(directory / "policies", catalogue)
    for role in policies.terms.roles:
        path = directory / "policies" / "cases" / f"{role}.yaml"
        yield DerivedFile(path, _cases(path, role, policies, catalogue))


def _cases(path: Path, role: str, policies: Policies, catalogue: Catalogue) -> str:
    if path.is_file():
        return with_drafts(path.read_text(encoding="utf-8"), path.name, policies, catalogue)
    county = next(division.code for division in shipped() if len(division.code) == COUNTY_DIGITS)
    return new_cases(role, county, policies, catalogue)


def json_schema(model: type[BaseModel]) -> str:
    """Return the JSON Schema of a YAML file's model, as it stands beside the files."""
    return json.dumps(model.model_json_schema(by_alias=True), ensure_ascii=False, indent=2) + "\n"
