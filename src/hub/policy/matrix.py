"""Who may do what with each field, for each purpose: role × field × purpose, from the decisions themselves.

Decided is for a viewer in charge of one division whose agreements cover everything: what policy alone permits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final, Literal

from hub.catalog import CLOCK, Field
from hub.catalog.predicate import ALWAYS, NEVER, And, Linked, Not, Or, admits, conj
from hub.policy.decide import member_of, provides
from hub.policy.grants import ALL_GRANTED
from hub.policy.narrowing import kinds_of_rows, remaining
from hub.policy.principal import PREFECTURE_DIGITS, Principal
from hub.policy.schema import ACTIONS, STEP
from hub.policy.simplify import either
from hub.policy.text import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.catalog import Catalogue, Entity
    from hub.catalog.predicate import Predicate
    from hub.policy.decide import Policies

Shown = Literal["plain", "some plain", "plain or masked", "masked", "some masked", "no"]
Change = Literal["wider", "narrower", "other rows"]

_DIVISION: Final = "110101"
_MOST_ROWS: Final = 100_000
"""Kinds of rows that a change is looked at with: policies tell far fewer apart."""
USES: Final = tuple(action for action in ACTIONS if action not in ("read", "readMasked"))


@dataclass(frozen=True, slots=True)
class Cell:
    """What a role may do with a field or link for a purpose.

    ``shown``: in the rows that it sees at all, which ``rows`` says in words. ``uses``: the other rights, in some row at
    least. ``left``: how many values a mask or a look-up leaves where that is fewest, beside the fields ``beside``;
    ``too_few``: fewer than there must be, which a policy has said why it has to be.
    """

    role: str
    purpose: str
    entity: str
    item: str
    rows: str
    shown: Shown
    uses: tuple[str, ...]
    policies: tuple[str, ...]
    left: int | None = None
    beside: tuple[str, ...] = ()
    too_few: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """A right that two bundles decide differently; ``old`` and ``new``: its rows in words."""

    change: Change
    role: str
    purpose: str
    entity: str
    item: str
    action: str
    old: str
    new: str
    policies: tuple[str, ...]


def sample(role: str, purpose: str) -> Principal:
    """A viewer in this role and in charge of one division, whose agreements cover everything."""
    return Principal(
        "", role.upper().replace("-", "_"), frozenset({role}), frozenset({_DIVISION}), purpose, ALL_GRANTED
    )


def in_words(where: Predicate) -> str:
    """The rows in words; the sample viewer's divisions by what they are to it."""
    prefecture = _DIVISION[:PREFECTURE_DIGITS]
    text = describe(where).replace(f"within {_DIVISION}", "within its divisions")
    return text.replace(f"within {prefecture}", "within its prefectures")


def matrix(policies: Policies, catalogue: Catalogue, roles: frozenset[str] | None = None) -> Iterator[Cell]:
    """Yield a cell for each item of each entity that a role sees rows of, by role and purpose; of ``roles`` alone."""
    for role, about in policies.terms.roles.items():
        if roles is not None and role not in roles:
            continue
        for purpose in about.purposes:
            principal = sample(role, purpose)
            for entity in sorted(catalogue, key=lambda entity: entity.name):
                rows = policies.counted(principal, entity).where
                if rows != NEVER:
                    for item in (*entity.fields, *entity.links, *entity.many):
                        yield _cell(policies, principal, entity, item, rows)


def _cell(policies: Policies, principal: Principal, entity: Entity, item: str, rows: Predicate) -> Cell:
    member = member_of(entity, item)
    decided = {
        action: policies.decide(principal, action, entity, item) for action in ACTIONS if provides(action, member)
    }
    plain = decided["read"].where
    masked = decided["readMasked"].where if "readMasked" in decided else NEVER
    left = min(
        remaining(policies, principal, entity, member) if isinstance(member, Field) and member.segments else (),
        key=lambda left: left.values / left.least,
        default=None,
    )
    uses = tuple(action for action in USES if action in decided and decided[action].where != NEVER)
    return Cell(
        role=next(iter(principal.roles)),
        purpose=principal.purpose,
        entity=entity.name,
        item=item,
        rows=in_words(rows),
        shown=_shown(rows, plain, masked),
        uses=uses,
        policies=tuple(sorted({name for decision in decided.values() for name in decision.policies})),
        left=None if left is None else left.values,
        beside=() if left is None else left.beside,
        too_few=left is not None and left.values < left.least,
    )


def _shown(rows: Predicate, plain: Predicate, masked: Predicate) -> Shown:
    plain, masked = conj((rows, plain)), conj((rows, masked))
    if _covers(plain, rows):
        return "plain"
    if plain != NEVER:
        return "plain or masked" if masked != NEVER else "some plain"
    if masked == NEVER:
        return "no"
    return "masked" if _covers(masked, rows) else "some masked"


def _covers(wide: Predicate, narrow: Predicate) -> bool:
    """Tell whether ``wide`` surely has every row of ``narrow``; False where that is not obvious."""
    return wide in (ALWAYS, narrow) or either((wide, narrow)) == wide


def differences_between(old: Policies, new: Policies, catalogue: Catalogue) -> Iterator[Difference]:
    """Yield every right that the bundles decide differently, for each role and purpose that either knows.

    A right that is not surely narrower is not called so: what has other rows may be wider for some.
    """
    for role in sorted({*old.terms.roles, *new.terms.roles}):
        principals = [sample(role, each) for each in old.terms.purposes_of({role}) | new.terms.purposes_of({role})]
        for entity in sorted(catalogue, key=lambda entity: entity.name):
            for action, items in _actions(entity):
                if _same(old, new, role, entity, action):
                    continue
                kind = action if action in ACTIONS else STEP
                for principal, item in product(sorted(principals, key=lambda each: each.purpose), items):
                    before = old.decide(principal, kind, entity, item)
                    after = new.decide(principal, kind, entity, item)
                    if before.where != after.where:
                        change = _change(entity, before.where, after.where)
                        yield Difference(
                            change, role, principal.purpose, entity.name, item, kind,
                            in_words(before.where), in_words(after.where), after.policies,
                        )  # fmt: skip


def _actions(entity: Entity) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each action, as Cedar names it, with the items that it may be taken on."""
    items = (*entity.fields, *entity.links, *entity.many)
    for action in ACTIONS:
        yield action, tuple(item for item in items if provides(action, member_of(entity, item)))
    if entity.process is not None:
        for step in entity.process.steps.values():
            if step.by != CLOCK:
                yield step.mutation(entity.name), (step.name,)


def _same(old: Policies, new: Policies, role: str, entity: Entity, action: str) -> bool:
    """Tell whether the same policies decide by the same terms: then nothing has to be decided to know."""
    roles = frozenset({role})
    return old.terms == new.terms and old.reaching(entity, action, roles) == new.reaching(entity, action, roles)


def _change(entity: Entity, old: Predicate, new: Predicate) -> Change:
    """Tell what a change does to rows, by a row of each kind that the two can tell apart."""
    if _linked(old) or _linked(new):
        return "wider" if _covers(new, old) else "narrower" if _covers(old, new) else "other rows"
    lost = gained = False
    for number, row in enumerate(kinds_of_rows(entity, (old, new))):
        if number == _MOST_ROWS:
            return "other rows"
        before, after = admits(old, row), admits(new, row)
        lost, gained = lost or (before and not after), gained or (after and not before)
        if lost and gained:
            return "other rows"
    return "narrower" if lost else "wider" if gained else "other rows"


def _linked(where: Predicate) -> bool:
    match where:
        case And(parts) | Or(parts):
            return any(map(_linked, parts))
        case Not(part):
            return _linked(part)
        case _:
            return isinstance(where, Linked)
