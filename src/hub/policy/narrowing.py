"""How few values a mask leaves, beside what the same viewer sees of the same row.

Whoever sees "23****", the birth date and the division has most of an ID number, and whoever may look up ID numbers
tries the rest. So for every role and purpose the values that still fit are counted when a bundle is loaded; one that
leaves too few is refused, unless a policy says why that has to be, as ``@narrowing("…")``.

Only one row is looked at: what rows that are linked to it tell is not counted. A partner may have several roles; any
two are looked at together.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import RegionCode, candidates
from hub.catalog.predicate import NEVER, admits, constants_of, disj, fields_of
from hub.policy.grants import ALL_GRANTED
from hub.policy.principal import Principal
from hub.policy.translate import storage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.catalog import Catalogue, Entity, Field
    from hub.catalog.predicate import Predicate
    from hub.policy.decide import Policies

WITH_LOOKUP: Final = 100_000
"""Values that must be left where each can be tried. At 20 look-ups an hour that find nothing, which is what a viewer
has (``HUB_MISSED_LOOKUPS_PER_HOUR``), half of them take more hours than a year has of work."""
SHOWN: Final = 100
"""Values that must be left where none can be tried: among fewer, whatever else is known of a person picks one."""

_DISTRICT: Final = "110101"
_ELSEWHERE: Final = "99"
_STEPS: Final = {"integer": 1, "bigint": 1, "numeric": Decimal("0.0001"), "date": timedelta(days=1)}
"""How far apart values of an order are that a predicate can tell apart, by their storage."""
_USES: Final = ("read", "filter", "sort")
"""Actions that each tell a field's value: whoever may filter or sort by it finds it by halving."""


def narrowed(policies: Policies, catalogue: Catalogue) -> Iterator[str]:
    """Yield, in words, each mask and look-up that leaves too few values, and each ``@narrowing`` without a cause."""
    excused: set[str] = set()
    for principal in _viewers(policies):
        for entity in catalogue:
            for field in entity.fields.values():
                if field.segments:
                    yield from _too_few(policies, principal, entity, field, excused)
    for name, policy in policies.policies.items():
        if "narrowing" in policy.get("annotations", {}) and name not in excused:
            yield f"policy {name}: says @narrowing, but leaves values enough; take the annotation away."


def _viewers(policies: Policies) -> Iterator[Principal]:
    """Yield a viewer for each purpose with each role that has it, and with each two of them."""
    for purpose in sorted(policies.terms.purposes):
        roles = [name for name, role in policies.terms.roles.items() if purpose in role.purposes]
        for several in (*combinations(roles, 1), *combinations(roles, 2)):
            yield Principal("", "", frozenset(several), frozenset({_DISTRICT}), purpose, ALL_GRANTED)


@dataclass(frozen=True, slots=True)
class Left:
    """How many values of a field are left to a viewer, in rows of one kind, and how many there must be.

    ``beside``: the fields of the row that tell of it. ``tried``: each can be looked up. ``policies``: which show or
    try it.
    """

    values: int
    least: int
    beside: tuple[str, ...]
    tried: bool
    policies: tuple[str, ...]


def remaining(policies: Policies, principal: Principal, entity: Entity, field: Field) -> Iterator[Left]:
    """Yield what is left of a field's values wherever the viewer sees a mask of it, or tries it, and not the value."""
    rows = policies.rows(principal, entity).where
    if rows == NEVER:
        return
    plain = policies.decide(principal, "read", entity, field.name).where
    masked = policies.decide(principal, "readMasked", entity, field.name)
    lookup = policies.decide(principal, "lookup", entity, field.name)
    telling = {
        name: disj(policies.decide(principal, use, entity, name).where for use in _USES)
        for segment in field.segments
        for name in segment.told_by
    }
    fixed = fields_of(rows)  # what rows are visible by is known of each of them
    for row in kinds_of_rows(entity, (rows, plain, masked.where, lookup.where, *telling.values())):
        shown, tried = admits(masked.where, row), admits(lookup.where, row)
        if not admits(rows, row) or admits(plain, row) or not (shown or tried):
            continue
        known = {name for name, where in telling.items() if name in fixed or admits(where, row)}
        yield Left(
            values=candidates(field.segments, field.mask if shown else None, known),
            least=WITH_LOOKUP if tried else SHOWN,
            beside=tuple(sorted(known)),
            tried=tried,
            policies=tuple(dict.fromkeys((*(lookup.policies if tried else ()), *(masked.policies if shown else ())))),
        )


def _too_few(
    policies: Policies, principal: Principal, entity: Entity, field: Field, excused: set[str]
) -> Iterator[str]:
    for left in remaining(policies, principal, entity, field):
        if left.values >= left.least:
            continue
        reasons = [name for name in left.policies if policies.policies[name].get("annotations", {}).get("narrowing")]
        if reasons:
            excused.update(reasons)
            continue
        yield (
            f"policies {', '.join(left.policies)}: to {' and '.join(sorted(principal.roles))} for purpose "
            f"{principal.purpose} they leave {left.values} values of {entity.name}.{field.name}"
            f"{' beside ' + ', '.join(left.beside) if left.beside else ''}"
            f"{', each of which can be looked up' if left.tried else ''}; there must be {left.least}. "
            'Show less, take the look-up away, or say why on one of them, as @narrowing("…").'
        )
        return


def kinds_of_rows(entity: Entity, predicates: Iterable[Predicate]) -> Iterator[Mapping[str, Any]]:
    """Yield rows of which each kind is one that the predicates could tell apart."""
    constants: dict[str, set[Any]] = {}
    for predicate in predicates:
        for name, values in constants_of(predicate).items():
            constants.setdefault(name, set()).update(values)
    choices = [
        (*found, *_beside(entity.fields[name], found), *_others(entity.fields[name]))
        for name, found in constants.items()
    ]  # fmt: skip
    for each in product(*choices):
        yield dict(zip(constants, each, strict=True))


def _beside(field: Field, found: set[Any]) -> set[Any]:
    """The values next to those that predicates name, where values have an order: all others fulfil what these do."""
    step: Any = _STEPS.get(storage_of(field))
    if step is None:
        return set()
    near: set[Any] = set()
    for value in found:
        with contextlib.suppress(OverflowError):  # the first day there is, and the last one
            near.add(value - step)
        with contextlib.suppress(OverflowError):
            near.add(value + step)
    return near


def _others(field: Field) -> tuple[Any, ...]:
    """Values of a field besides those that predicates name."""
    absent = (None,) if field.nullable else ()
    if field.codes is not None:
        return (*field.codes.__members__, *absent)
    if field.type is RegionCode:
        return (_ELSEWHERE, *absent)
    match field.scalar.storage:
        case "boolean" | "days":
            return (True, False, *absent)
        case "text":
            return ("…", *absent)
        case _:
            return absent
