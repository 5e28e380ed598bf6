"""Values for a plan's parameters: from document and variables, converted, each error naming its argument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hub.catalog import SEQUENCE
from hub.query.errors import ArgumentRefused, TooCostly, TooManyRows
from hub.query.plan.cursors import cursor_context, open_cursor, restored
from hub.query.plan.parameters import Binder, CursorKey, RootRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from hub.crypto import Vault
    from hub.policy import Principal
    from hub.query.document.limits import Limits
    from hub.query.plan.cost import Price
    from hub.query.plan.parameters import CursorScope, FoundBy
    from hub.query.plan.roots import ReadPlan


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list that the hub itself knows, where a client would send a cursor: no text becomes one.

    ``keys``: of the row that stands there, as a cursor holds them.
    """

    keys: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Guess:
    """How many different ``values`` are looked up that the viewer could guess so, below the root of this key."""

    root: str
    found_by: FoundBy
    values: int

    def missed(self, rows: int) -> int:
        """How many of the values are not proved to be found by so many rows of the root."""
        proved = rows if self.found_by == "each row" else rows > 0 and self.found_by == "any row"
        return max(0, self.values - proved)


@dataclass(frozen=True, slots=True)
class Bound:
    """The values of one execution, in the order of the plan's binders.

    ``lookups``: how many protected values are asked for; ``literals``: what the audit keeps tokens of, their blind
    indexes and the ids and personal values that rows are filtered by. ``guesses``: look-ups of what the viewer does
    not see plain. ``cost``: what the execution may cost, in units of ``hub.query.plan.cost``. ``place``: number of
    the event that a page of a log begins behind, or ends before; None where it begins or ends with the log.
    """

    values: tuple[Any, ...]
    lookups: int
    literals: tuple[str, ...]
    principal: Principal
    cost: int
    guesses: tuple[Guess, ...] = ()
    place: int | None = None

    @property
    def tried(self) -> int:
        """How many values are looked up that the viewer could guess so."""
        return sum(guess.values for guess in self.guesses)

    def context(self, scope: CursorScope) -> bytes:
        """What the cursors of a list are bound to."""
        return cursor_context(scope, self.values, self.principal)


def bind(
    plan: ReadPlan,
    price: Price,
    variables: Mapping[str, Any],
    principal: Principal,
    vault: Vault,
    limits: Limits,
    *,
    row: UUID | None = None,
) -> Bound:
    """Convert every value; raise a ``RequestError`` that names the argument whose value does not fit.

    ``row``: the id of the row that the plan is rooted at, where it is rooted at one.
    """
    values: list[Any] = [None] * len(plan.binders)
    looked_up: list[bytes] = []
    literals: list[str] = []
    guesses: list[Guess] = []
    for at, binder in enumerate(plan.binders):
        if isinstance(binder, Binder):
            given = binder.source.get(variables)
            try:
                values[at] = binder.convert(given)
            except ValueError as error:
                raise ArgumentRefused(_said(binder.where, str(error))) from None
            if binder.looks_up:
                looked_up += (asked := _each(values[at]))
                if binder.guess is not None:
                    guesses.append(Guess(binder.root, binder.guess, len(set(asked))))
            elif binder.recorded_as is not None:
                literals += [f"{binder.recorded_as}={value}" for value in _each(values[at])]
        elif isinstance(binder, RootRow):
            assert row is not None  # noqa: S101 - whoever plans a selection on a row executes it for one
            values[at] = row
    for rows in price.most_rows(values):
        if rows > limits.rows:
            raise TooManyRows(
                f"The query may return {rows} rows of one kind; the limit is {limits.rows}. Ask for smaller pages."
            )
    cost = price.cost(values, len(looked_up))
    if cost > limits.cost:
        raise TooCostly(f"The query may cost {cost} units; the limit is {limits.cost}. Ask for smaller pages.")
    literals += [index.hex() for index in looked_up]
    bound = Bound(tuple(values), len(looked_up), tuple(literals), principal, cost, tuple(guesses))
    if not any(isinstance(binder, CursorKey) for binder in plan.binders):
        return bound
    place: int | None = None
    for at, binder in enumerate(plan.binders):
        if isinstance(binder, CursorKey):
            given = binder.source.get(variables)
            if isinstance(given, Position):
                keys: Sequence[Any] = given.keys
            else:
                keys = open_cursor(vault, str(given), bound.context(binder.scope), binder.where)
            values[at] = restored(binder.field, keys[binder.key])
            if binder.field is SEQUENCE:
                place = values[at] if place is None else min(place, values[at])
    return replace(bound, values=tuple(values), place=place)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _said(where: str, why: str) -> str:
    """Join an argument's name and what is wrong with it; some reasons are sentences of their own."""
    return f"{where}: {why}" if why[:1].isupper() else f"{where} {why}."
