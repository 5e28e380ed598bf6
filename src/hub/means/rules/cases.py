"""Golden cases: households with what the rules must say of them, in ``schema/rules/cases/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads it
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub.means.rules.case import Case, Declared, Fact, Member, Result, as_certified, plain
from hub.means.rules.errors import RulesRefused
from hub.means.rules.evaluate import decide, explain
from hub.settings import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hub.means.rules.applied import Applied
    from hub.means.rules.loading import Rules

DIRECTORY: Final = "cases"


def _number(value: Any) -> Any:
    return str(value) if isinstance(value, float) else value


Amount = Annotated[Decimal, BeforeValidator(_number)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MemberCase(_Part):
    """A member. ``disability``: grade 1 to 4; ``mental``: of an intellectual or mental kind."""

    key: str
    disability: int | None = Field(None, ge=1, le=4)
    mental: bool = False
    illness: bool = False


class FactCase(_Part):
    """A report. ``day``: that it is of."""

    item: str
    person: str = "1"
    department: str = "SOCIAL_SECURITY"
    amount: Amount | None = None
    months: int = 1
    day: date | None = None
    exempt: bool = False
    aside: str | None = None
    details: dict[str, Amount] = Field(default_factory=dict)


class DeclaredCase(_Part):
    """What was declared."""

    income: Amount | None = None
    vehicles: int | None = 0
    homes: int | None = 0


class Expected(_Part):
    """What the rules must say; what is not named may be anything."""

    outcome: str | None = None
    indication: str | None = None
    pay: Amount | None = None
    months: int | None = None
    income: Amount | None = None


class GoldenCase(_Part):
    """``parameters``: values that hold in this case instead of those of the rules, as a published example has them."""

    name: str
    note: str = Field("", description="Where it is from")
    day: date
    division: str
    members: int | tuple[MemberCase, ...] = 1
    declared: DeclaredCase = DeclaredCase(income=0)  # type: ignore[arg-type] # pydantic makes it a decimal
    facts: tuple[FactCase, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    dibao: bool = False
    employment: bool = False
    paid: Amount = Field(default=0, validate_default=True)
    rigid: Amount = Field(default=0, validate_default=True)
    exit_months: int = Field(default=0, ge=0)
    parameters: dict[str, Amount] = Field(default_factory=dict)
    expect: Expected

    @property
    def case(self) -> Case:
        """What the rules are asked about."""
        members = (
            tuple(Member(str(place)) for place in range(1, self.members + 1))
            if isinstance(self.members, int)
            else tuple(Member(each.key, each.disability, each.mental, each.illness) for each in self.members)
        )
        facts = tuple(
            Fact(
                f"F{place}", each.person, each.item, each.department, each.amount, each.months, each.day, each.exempt,
                each.aside, each.details,
            )
            for place, each in enumerate(self.facts, 1)
        )  # fmt: skip
        declared = Declared(self.declared.income, self.declared.vehicles, self.declared.homes)
        members = as_certified(members, facts, self.day)
        return Case(
            self.division, members, declared, facts, self.missing, self.doubts, self.dibao, self.employment, self.paid,
            self.rigid, self.exit_months,
        )  # fmt: skip


class GoldenCases(_Part):
    """A file of golden cases."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Golden cases of rules")

    cases: tuple[GoldenCase, ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """A golden case and what the rules say of it. ``wrong``: what differs; empty where nothing does."""

    golden: GoldenCase
    result: Result
    wrong: tuple[str, ...]


def load_cases(directory: Path) -> tuple[GoldenCase, ...]:
    """Read all files of golden cases below the directory of rules. Raises ``SettingsError``, ``RulesRefused``."""
    found: dict[str, GoldenCase] = {}
    for file in sorted((directory / DIRECTORY).glob("*.yaml")):
        for golden in load_yaml(file, GoldenCases).cases:
            if golden.name in found:
                raise RulesRefused(f"{file}: there are two cases named {golden.name}.")
            found[golden.name] = golden
    return tuple(found.values())


def run_case(rules: Rules, golden: GoldenCase, *, lines: bool = False) -> Tested:
    """Ask the rules about a golden case. Raises ``NoStandard``."""
    applied = _with(rules.at(golden.division, golden.day), golden)
    result = (explain if lines else decide)(applied, golden.case)
    return Tested(golden, result, tuple(_differences(golden.expect, result)))


def _with(applied: Applied, golden: GoldenCase) -> Applied:
    if unknown := sorted(golden.parameters.keys() - applied.parameters.keys()):
        raise RulesRefused(f"The case {golden.name} sets {unknown[0]}, which is no parameter.")
    return applied.changed(golden.parameters)


def _differences(expect: Expected, result: Result) -> Iterator[str]:
    for name, wanted in expect:
        found = getattr(result, name)
        if name in expect.model_fields_set and found != wanted:
            yield f"{name}: {plain(found)}, expected {plain(wanted)}"
