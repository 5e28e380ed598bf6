"""How few values a mask leaves, beside what the same viewer sees of the same row.

Whoever sees "23****", the birth date and the division has most of an ID number, and whoever may look up ID numbers
tries the rest. So for every role and purpose the values that still fit are counted when a bundle is loaded; one that
leaves too few is refused, unless a policy says why that has to be, as ``@narrowing("…")``.

Only one row is looked at: what rows that are linked to it tell is not counted. A partner may have several roles; any
two are looked at together.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import RegionCode, candidates
from hub.catalog.predicate import NEVER, admits, constants_of, disj, fields_of
from hub.policy.grants import ALL_GRANTED
from hub.policy.principal import Principal

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


def _too_few(
    policies: Policies, principal: Principal, entity: Entity, field: Field, excused: set[str]
) -> Iterator[str]:
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
    for row in _kinds_of_rows(entity, (rows, plain, masked.where, lookup.where, *telling.values())):
        shown, tried = admits(masked.where, row), admits(lookup.where, row)
        if not admits(rows, row) or admits(plain, row) or not (shown or tried):
            continue
        known = {name for name, where in telling.items() if name in fixed or admits(where, row)}
        left, least = candidates(field.segments, field.mask if shown else None, known), WITH_LOOKUP if tried else SHOWN
        if left >= least:
            continue
        names = (*(lookup.policies if tried else ()), *(masked.policies if shown else ()))
        reasons = [name for name in names if policies.policies[name].get("annotations", {}).get("narrowing")]
        if reasons:
            excused.update(reasons)
            continue
        yield (
            f"policies {', '.join(dict.fromkeys(names))}: to {' and '.join(sorted(principal.roles))} for purpose "
            f"{principal.purpose} they leave {left} values of {entity.name}.{field.name}"
            f"{' beside ' + ', '.join(sorted(known)) if known else ''}"
            f"{', each of which can be looked up' if tried else ''}; there must be {least}. "
            'Show less, take the look-up away, or say why on one of them, as @narrowing("…").'
        )
        return


def _kinds_of_rows(entity: Entity, predicates: Iterable[Predicate]) -> Iterator[Mapping[str, Any]]:
    """Yield rows of which each kind is one that the predicates could tell apart."""
    constants: dict[str, set[Any]] = {}
    for predicate in predicates:
        for name, values in constants_of(predicate).items():
            constants.setdefault(name, set()).update(values)
    choices = [(*found, *_others(entity.fields[name])) for name, found in constants.items()]
    for each in product(*choices):
        yield dict(zip(constants, each, strict=True))


def _others(field: Field) -> tuple[Any, ...]:
    """Values of a field besides those that predicates name."""
    absent = (None,) if field.nullable else ()
    if field.codes is not None:
        return (*field.codes.__members__, *absent)
    if field.type is RegionCode:
        return (_ELSEWHERE, *absent)
    return (True, False, *absent) if field.scalar.storage == "boolean" else ("…", *absent)
