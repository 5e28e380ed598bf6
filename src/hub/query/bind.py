"""Values for a plan's parameters: from document and variables, converted, each error naming its argument."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from hub.crypto import BadCursor
from hub.query.errors import ArgumentRefused, CursorRefused, TooCostly, TooManyRows
from hub.query.plan.tree import Binder, Position

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.catalog import Field
    from hub.crypto import Vault
    from hub.policy import Principal
    from hub.query.document.limits import Limits
    from hub.query.plan.cost import Price
    from hub.query.plan.tree import Identity, ReadPlan


@dataclass(frozen=True, slots=True)
class Bound:
    """The values of one execution, in the order of the plan's binders.

    ``lookups``: how many protected values are asked for; ``literals``: what the audit keeps tokens of, their blind
    indexes and the ids and personal values that rows are filtered by. ``cost``: what the execution may cost, in
    units of ``hub.query.plan.cost``.
    """

    values: tuple[Any, ...]
    lookups: int
    literals: tuple[str, ...]
    principal: Principal
    cost: int

    def context(self, identity: Identity) -> bytes:
        """What a cursor of this list is bound to: viewer, purpose, list, filter values."""
        values = [self.values[param.index] for param in identity.values]
        text = orjson.dumps([self.principal.name, self.principal.purpose, identity.text, values], default=_plain)
        return hashlib.sha256(text).digest()


def _said(where: str, why: str) -> str:
    """Join an argument's name and what is wrong with it; some reasons are sentences of their own."""
    return f"{where}: {why}" if why[:1].isupper() else f"{where} {why}."


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)


def bind(
    plan: ReadPlan, price: Price, variables: Mapping[str, Any], principal: Principal, vault: Vault, limits: Limits
) -> Bound:
    """Convert every value; raise a ``RequestError`` that names the argument whose value does not fit."""
    values: list[Any] = [None] * len(plan.binders)
    looked_up: list[bytes] = []
    literals: list[str] = []
    for at, binder in enumerate(plan.binders):
        if isinstance(binder, Binder):
            given = binder.source.get(variables)
            try:
                values[at] = binder.convert(given)
            except ValueError as error:
                raise ArgumentRefused(_said(binder.where, str(error))) from None
            if binder.looks_up:
                looked_up += _each(values[at])
            elif binder.recorded_as is not None:
                literals += [f"{binder.recorded_as}={value}" for value in _each(values[at])]
    _within(plan, values, limits)
    cost = price.cost(values, len(looked_up))
    if cost > limits.cost:
        raise TooCostly(f"The query may cost {cost} units; the limit is {limits.cost}. Ask for smaller pages.")
    literals += [index.hex() for index in looked_up]
    bound = Bound(tuple(values), len(looked_up), tuple(literals), principal, cost)
    if not any(isinstance(binder, Position) for binder in plan.binders):
        return bound
    for at, binder in enumerate(plan.binders):
        if isinstance(binder, Position):
            values[at] = _position(binder, binder.source.get(variables), bound, vault)
    return replace(bound, values=tuple(values))


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _within(plan: ReadPlan, values: list[Any], limits: Limits) -> None:
    for chain in plan.sizes:
        rows = 1
        for param in chain:
            rows *= max(1, values[param.index])
        if rows > limits.rows:
            raise TooManyRows(
                f"The query may return {rows} rows of one kind; the limit is {limits.rows}. Ask for smaller pages."
            )


def _position(binder: Position, text: Any, bound: Bound, vault: Vault) -> Any:
    try:
        keys = orjson.loads(vault.cursor_open(str(text), bound.context(binder.rows)))
    except BadCursor:
        raise CursorRefused(f"{binder.where} is not a cursor of this list for you; start again without it.") from None
    return _restore(binder.field, keys[binder.key])


def position(keys: list[Any]) -> bytes:
    """A row's place in the order, as a cursor seals it. ``keys``: as they are read, ids as their 16 bytes."""
    return orjson.dumps(keys, default=_read)


def _read(key: Any) -> str:
    return str(UUID(bytes=key)) if isinstance(key, bytes) else str(key)


def _restore(field: Field, value: Any) -> Any:
    if value is None:
        return None
    if field.codes is not None or field.scalar.storage in _AS_STORED:
        return value  # parsing would spell a code as it should be, and the row is found where it stands
    if field.scalar.storage == "timestamptz" and value in ENDLESS:
        return ENDLESS[value]
    return field.scalar.parse(value)


_AS_STORED: Final = frozenset({"text", "code"})
ENDLESS: Final = {
    "infinity": datetime.max.replace(tzinfo=UTC),
    "-infinity": datetime.min.replace(tzinfo=UTC),
}
"""Times that the server has no text for but these words; the driver stores the last and first moment as such."""
