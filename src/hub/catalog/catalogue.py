"""The catalogue that holds all entities, checked against each other."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub.catalog.declare import DECLARED
from hub.catalog.entity import DeclarationError
from hub.catalog.log import with_links
from hub.catalog.scalars import OnDays

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.catalog.entity import Entity
    from hub.catalog.fields import Links


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All entities, checked against each other."""

    entities: Mapping[str, Entity]

    def __getitem__(self, name: str) -> Entity:
        return self.entities[name]

    def __iter__(self) -> Iterator[Entity]:
        return iter(self.entities.values())

    @property
    def identified(self) -> Entity:
        """The entity whose rows sources name by a number: people."""
        return next(owner for owner in self if owner.identified_by is not None)

    @property
    def filling_order(self) -> tuple[str, ...]:
        """The entities in an order in which their tables can be filled: what others refer to comes first."""
        return _filling_order(self.entities.values())

    def joining(self, many: Links) -> Entity | None:
        """The entity that stands between, for links declared ``through`` one."""
        return None if many.through is None else self.entities[many.through]


def build(entities: Iterable[Entity] | None = None) -> Catalogue:
    """Check that every link leads somewhere, and return the catalogue of all declared entities."""
    declared = tuple(DECLARED if entities is None else entities)
    known = {item.name: with_links(item, declared) if item.log else item for item in declared}
    for owner in known.values():
        for to_one in owner.links.values():
            target = _need(known, to_one.target, f"{owner.name}.{to_one.name}")
            if to_one.by is not None and not target.fields[to_one.to].unique:
                raise DeclarationError(f"{owner.name}.{to_one.name} leads to {to_one.to}, which is not unique.")
        for many in owner.many.values():
            where = f"{owner.name}.{many.name}"
            target = _need(known, many.target, where)
            holder = target if many.through is None else _need(known, many.through, where)
            _need(holder.links, many.by, where)
            if many.through is not None:
                _need(holder.links, many.to or "", where)
            if many.via is not None:
                _need(owner.links, many.via, where)
        if owner.finder is not None and not owner.fields[owner.finder].lookup:
            raise DeclarationError(f"{owner.name} is found by {owner.finder}, which is not declared for look-up.")
        if owner.subject not in (None, owner.name):
            _need(owner.links, owner.subject, f"{owner.name} (subject)")
        if owner.part_of is not None:
            _need(owner.links, owner.part_of, f"{owner.name} (part of)")
    _check_identified(known)
    _filling_order(known.values())
    return Catalogue(MappingProxyType(known))


def _check_identified(known: Mapping[str, Entity]) -> None:
    identified = [owner for owner in known.values() if owner.identified_by is not None]
    if len(identified) > 1:
        raise DeclarationError(
            f"{identified[0].name} and {identified[1].name} are both identified by a field; one can be."
        )
    for owner in identified:
        field = _need(owner.fields, owner.identified_by, f"{owner.name} (identified_by)")
        if not (field.lookup and field.unique):
            raise DeclarationError(f"{owner.name} is identified by {field.name}, which is not unique with a look-up.")
        if _need(owner.many, owner.belongs_to, f"{owner.name} (belongs_to)").through is None:
            raise DeclarationError(f"{owner.name}.{owner.belongs_to} has no joining entity, so nothing belongs by it.")
    for owner in known.values():
        if owner.authorised_by is None:
            continue
        link = owner.links.get(owner.subject or "")
        subject = None if link is None else known[link.target]
        if subject is None or subject.belongs_to is None:
            raise DeclarationError(f"{owner.name} is authorised, but its subject is nobody who belongs to anything.")
        authority = known[subject.many[subject.belongs_to].target]
        said = _need(authority.fields, owner.authorised_by, f"{owner.name} (authorised_by)")
        if said.type is not OnDays:
            raise DeclarationError(f"{owner.name} is authorised by {said.name}, which holds on no certain days.")


def _filling_order(entities: Iterable[Entity]) -> tuple[str, ...]:
    needs = {
        owner.name: {link.target for link in owner.stored_links.values() if link.target != owner.name}
        for owner in entities
    }
    try:
        return tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise DeclarationError(
            f"Links lead in a circle, so that no table can be filled first: {circle}. Keep the link on one side only; "
            "the other side is declared with links()."
        ) from None


def _need(known: Mapping[str, Any], name: str | None, where: str) -> Any:
    if name is None or name not in known:
        raise DeclarationError(f"{where} leads to {name!r}, which is not declared.")
    return known[name]
