"""Has a document answered by the hub and by the reference, and says where the two answers differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLSchema, parse

from granting import agreed
from hub.domain import CATALOGUE
from hub.errors import HubError
from hub.graph import build_schema, restrict
from hub.graph.catalogue import entries
from hub.policy import ALL_GRANTED, Grant, Policies, Principal, Visibility, visibility
from hub.query import Engine
from hub.query.document.schemas import ViewerSchemas
from hub.query.errors import LimitExceeded, VariableRefused
from property.cedar import Decided, Oracle, Rights
from property.reference import MARK, Reference, Store, read_all, resolving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.runtime import Runtime
    from hub.store.pool import Reading


@dataclass(frozen=True, slots=True)
class Compared:
    """``difference``: what differs and where, None if nothing does. ``data``: the hub's, None if it refused.

    ``stood``: for the cursors in the answer, the variables that could take each.
    """

    difference: str | None
    data: Any
    refusal: str | None
    stood: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Pair:
    """Both engines over the same rows. ``positions``: where every cursor seen so far stands.

    ``decided``: how many rows Cedar was asked about.
    """

    engine: Engine
    oracle: Oracle
    reading: Reading
    store: Store
    full: GraphQLSchema
    decided: Decided = field(default_factory=Counter)
    schemas: dict[Principal, GraphQLSchema] = field(default_factory=dict)
    known: dict[Principal, Rights] = field(default_factory=dict)
    positions: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def rights(self, principal: Principal) -> Rights:
        """What the viewer may; every row is asked about once."""
        known = self.known.get(principal)
        if known is None:
            known = self.known[principal] = Rights(
                self.oracle, self.engine.policies, principal, self.store, self.decided
            )
        return known

    def schema(self, principal: Principal) -> GraphQLSchema:
        """The viewer's schema, with resolvers."""
        known = self.schemas.get(principal)
        if known is None:
            # Not by agreements alone: what a partner may ask for, it may know of.
            asking = (self.rights(principal.with_all_granted()), self.rights(principal))
            exist = frozenset(entity.name for entity in CATALOGUE if any(each.counts(entity) for each in asking))
            made = viewers_schema(self.full, self.engine.policies, principal, exist)
            known = self.schemas[principal] = resolving(made)
        return known

    async def compare(
        self,
        text: str,
        variables: Mapping[str, Any],
        principal: Principal,
        *,
        nulls: bool = False,
        cells: bool = False,
    ) -> Compared:
        """Ask both. ``nulls``: the hub may refuse a null even where the reference never comes to it.

        ``cells``: what the hub says of each null and each masked value is compared too.
        """
        reference = Reference(self.store, self.rights(principal), self.positions)
        expected = reference.execute(self.schema(principal), parse(text), variables)
        try:
            data, decided = await self.hub(text, variables, principal, cells=cells)
        except HubError as error:
            if isinstance(error, LimitExceeded) or expected.errors or (nulls and isinstance(error, VariableRefused)):
                return Compared(None, None, error.code)
            return Compared(f"the hub refused with {error.code}: {error.message}", None, error.code)
        except Exception as error:  # noqa: BLE001 - any failure of the hub's is a finding
            return Compared(f"the hub failed with {type(error).__name__}: {error}", None, None)
        if expected.errors:
            why = expected.errors[0]
            return Compared(f"the reference refused with {why.original_error or why!r} at {why.path}", data, None)
        stood: dict[str, frozenset[str]] = {}
        found = next(self._differences(expected.data, data, "data", reference, stood), None)
        if found is None and decided is not None:
            found = next(self._misjudged(reference.cells, decided), None)
        return Compared(found, data, None, stood)

    async def hub(
        self, text: str, variables: Mapping[str, Any], principal: Principal, *, cells: bool = False
    ) -> tuple[Any, Mapping[str, Any] | None]:
        """The hub's data, as JSON has it, and what it says of cells where that is asked for."""
        engine = self.engine
        operation = engine.operation(text, None, principal)
        values = engine.variables(operation, variables, principal)
        planned = engine.plan(operation, values, principal, cells=cells)
        bound = engine.bind(planned, values, principal)
        fetched = await engine.fetch(planned, bound, self.reading)
        answer = engine.reveal(planned, bound, fetched, operation, values)
        return orjson.loads(orjson.dumps(answer.data, option=orjson.OPT_UTC_Z)), answer.cells

    def _misjudged(self, expected: Mapping[tuple[str | int, ...], str], decided: Mapping[str, Any]) -> Iterator[str]:
        """Cells of which the hub says something else than the reference. What is not told could be either."""
        found = {tuple(cell["path"]): cell["kind"] for cell in decided["cells"]}
        for path in {**expected, **found}:
            mine, theirs = expected.get(path), found.get(path)
            self.decided[f"cell {theirs}"] += 1
            beyond = mine is None and len(path) < 3
            if theirs != mine and not (theirs == "UNDISCLOSED" and mine != "MASKED") and not beyond:
                yield f"data.{'.'.join(map(str, path))}: the hub says {theirs}, the reference {mine}"

    def _differences(
        self, expected: Any, found: Any, path: str, reference: Reference, stood: dict[str, frozenset[str]]
    ) -> Iterator[str]:
        if isinstance(expected, str) and expected.startswith(MARK) and isinstance(found, str):
            variables, place = reference.marks[int(expected.removeprefix(MARK))]
            if self.positions.setdefault(found, place) != place:
                yield f"{path}: the cursor of {self.positions[found]} stands at {place}"
            stood[found] = variables
        elif isinstance(expected, dict) and isinstance(found, dict):
            if list(expected) != list(found):
                yield f"{path}: the keys are {list(found)}, not {list(expected)}"
                return
            for key in expected:
                yield from self._differences(expected[key], found[key], f"{path}.{key}", reference, stood)
        elif isinstance(expected, list) and isinstance(found, list):
            if len(expected) != len(found):
                yield f"{path}: {len(found)} items, not {len(expected)}"
            for at, (mine, theirs) in enumerate(zip(expected, found, strict=False)):
                yield from self._differences(mine, theirs, f"{path}[{at}]", reference, stood)
        elif type(expected) is not type(found) or expected != found:
            yield f"{path}: the hub has {found!r}, the reference {expected!r}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Makes pairs over the rows that there are, for any bundle."""

    runtime: Runtime
    store: Store
    full: GraphQLSchema

    @classmethod
    async def over(cls, runtime: Runtime) -> Pairs:
        """Read all rows, once."""
        return cls(runtime, await read_all(runtime.pool, runtime.vault), build_schema(CATALOGUE))

    def of(self, policies: Policies, oracle: Oracle) -> Pair:
        """The hub and the reference under a bundle. Counts withhold nothing here, and no document is too large."""
        engine = self.runtime.engine
        limits = replace(engine.limits, smallest_group=1, rows=10**7, cost=10**8, fields=2_000)
        views = ViewerSchemas(engine.schemas.restrict, policies, CATALOGUE, limits)
        hub = Engine(views, CATALOGUE, policies, engine.vault, limits)
        return Pair(hub, oracle, self.runtime.reading, self.store, self.full)

    def shipped(self) -> Pair:
        """Under the shipped policies."""
        directory = self.runtime.settings.schema_directory / "policies"
        text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.cedar")))
        policies = self.runtime.engine.policies
        return self.of(policies, Oracle.of(text, policies.terms))


def viewers_schema(
    full: GraphQLSchema, policies: Policies, principal: Principal, entities: frozenset[str]
) -> GraphQLSchema:
    """What exists for the viewer, derived once more: resolvers are put into it."""
    made = restrict(full, CATALOGUE, Visibility(entities))
    assert made.query_type is not None

    @cache
    def known() -> list[Any]:
        asking = (principal.with_all_granted(), principal)
        return entries(CATALOGUE, reduce(or_, (visibility(policies, each, CATALOGUE) for each in asking)))

    made.query_type.fields["catalogue"].resolve = lambda _root, _info: known()
    return made


def viewer(role: str, purpose: str, *regions: str, granted: frozenset[Grant] = ALL_GRANTED) -> Principal:
    """A partner in one role."""
    return Principal(
        name=f"{role}-{'-'.join(regions)}",
        department=role,
        roles=frozenset({role}),
        regions=frozenset(regions),
        purpose=purpose,
        granted=granted,
    )


VIEWERS = (
    viewer("civil-affairs", "assistance-review", "230502"),
    viewer("civil-affairs", "assistance-review", "230502"),
    viewer("civil-affairs", "means-check", "230502001", "230503"),
    viewer("civil-affairs", "assistance-review", "2305"),
    viewer("civil-affairs", "statistics", "2305"),
    viewer("social-security", "means-check", "2305"),
    viewer("social-security", "benefit-coordination", "230502"),
    viewer("auditor", "audit"),
    viewer("charity", "charity-matching", "2305"),
    viewer(
        "civil-affairs",
        "assistance-review",
        "230502",
        granted=agreed(
                "Recipient.person", "Recipient.category", "Recipient.household", "Household.size", "Household.members",
                "Person.name", "Person.region", "HouseholdMember.person", "HouseholdMember.relationship",
                "Person.households", "Household.meansChecks", "MeansCheck.outcome", "MeansCheck.findings",
            regions=["230502"],
        ),
    ),
)  # fmt: skip
"""Viewers whose rights depend on the row, on the column, on an agreement, or on nothing but the role."""
