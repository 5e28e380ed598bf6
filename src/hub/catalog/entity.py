"""Declaring an entity, and the catalogue that holds them all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hub.catalog.fields import Field, Link, Links
from hub.catalog.scalars import Integer, RegionCode, RowId, Scalar
from hub.catalog.sensitivity import Sensitivity, Share
from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


_GROUP_NAME: Final = re.compile(r"[a-z]+(-[a-z]+)*")


class DeclarationError(HubError):
    """An entity is declared wrongly; the hub does not start."""

    code = "HUB-902"


ID = Field(
    name="id", type=RowId, sensitivity=Sensitivity.PUBLIC, zh="标识", en="Opaque id of this node", nullable=False,
    filter=True, sort=True,
)  # fmt: skip

VERSION = Field(
    name="version", type=Integer, sensitivity=Sensitivity.INTERNAL, zh="版本",
    en="Version of this row: 1 at first, one more with every change", nullable=False,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntityGroup:
    """Entities that policies speak of together. ``name``: as policies write it. An entity joins by its declaration."""

    name: str
    zh: str
    en: str

    def __post_init__(self) -> None:
        if not _GROUP_NAME.fullmatch(self.name):
            raise DeclarationError(f"The group {self.name!r} must have a name like assistance-file.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entity:
    """One kind of row, declared once.

    ``root``: the name of its connection on Query, or None where it is reached through links only.
    ``finder``: the look-up field that ``Query.<name>(<field>:)`` finds one row by. ``subject``: the link
    that leads to the person whom a row is about; the entity's own name where the row is the person.
    ``groups``: by which policies may speak of it. ``versioned``: its rows count their changes in the field
    ``version``, and a change can be bound to the version that it was decided on. ``provider``, ``frequency``,
    ``share``, ``conditions``: what the data catalogue must state (Regulation on Government Data Sharing, article 13).

    What synchronisation keeps: ``identified_by`` is the look-up field by which sources name a row; one entity has it,
    that of people. ``belongs_to``: its links, through a joining entity, of which there must be one, or nothing is kept
    about the person. ``authorised_by``: the field that must have a value in a row at the end of those links, or a row
    of this entity about the person is not kept.
    """

    name: str
    zh: str
    en: str
    groups: tuple[EntityGroup, ...]
    provider: str
    frequency: str
    share: Share
    conditions: str
    root: str | None
    finder: str | None
    subject: str | None
    sourced: bool
    versioned: bool
    identified_by: str | None
    belongs_to: str | None
    authorised_by: str | None
    fields: Mapping[str, Field]
    links: Mapping[str, Link]
    many: Mapping[str, Links]

    @property
    def table(self) -> str:
        """Its table in the store."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.name).lower()

    @property
    def members(self) -> Mapping[str, Field | Link | Links]:
        """Everything that a selection can name, by its GraphQL name."""
        items: tuple[Field | Link | Links, ...] = (*self.fields.values(), *self.links.values(), *self.many.values())
        return {item.graphql: item for item in items}

    @property
    def stored_links(self) -> Mapping[str, Link]:
        """The links that have a column of their own; the others are read off a field."""
        return {name: item for name, item in self.links.items() if item.by is None}

    @property
    def policy_fields(self) -> tuple[Field, ...]:
        """The fields that policies may use as attributes of a row."""
        return tuple(item for item in self.fields.values() if item.policy)


_declared: list[Entity] = []

DIVISION: Final = "Region"
"""The entity of administrative divisions: every field that holds the code of one gets a link to it."""


def entity(
    *,
    zh: str,
    en: str,
    provider: str,
    frequency: str,
    share: Share,
    conditions: str,
    groups: tuple[EntityGroup, ...] = (),
    root: str | None = None,
    finder: str | None = None,
    subject: str | None = None,
    sourced: bool = True,
    versioned: bool = False,
    identified_by: str | None = None,
    belongs_to: str | None = None,
    authorised_by: str | None = None,
) -> Callable[[type], Entity]:
    """Declare the decorated class as an entity; its attributes are its fields and links."""

    def declare(cls: type) -> Entity:
        fields: dict[str, Field] = {"id": ID} | ({"version": VERSION} if versioned else {})
        to_one: dict[str, Link] = {}
        to_many: dict[str, Links] = {}
        for name, item in vars(cls).items():
            match item:
                case Field() if name in fields:
                    raise DeclarationError(f"{cls.__name__}.{name} is declared by the toolkit; choose another name.")
                case Field():
                    fields[name] = replace(item, name=name)
                case Link():
                    to_one[name] = replace(item, name=name)
                case Links():
                    to_many[name] = replace(item, name=name)
                case _ if not name.startswith("__"):
                    raise DeclarationError(f"{cls.__name__}.{name} is neither field, link nor links.")
        to_one |= _division_links(fields.values())
        made = Entity(
            name=cls.__name__, zh=zh, en=en, provider=provider, frequency=frequency, share=share,
            conditions=conditions, groups=groups, root=root, finder=finder, subject=subject, sourced=sourced,
            versioned=versioned, identified_by=identified_by, belongs_to=belongs_to, authorised_by=authorised_by,
            fields=MappingProxyType(fields), links=MappingProxyType(to_one), many=MappingProxyType(to_many),
        )  # fmt: skip
        for field in fields.values():
            _check_field(made, field)
        for to in to_one.values():
            if to.by is not None and to.by not in fields:
                raise DeclarationError(f"{made.name}.{to.name} leads by {to.by}, which is no field of {made.name}.")
        _declared.append(made)
        return made

    return declare


def _division_links(fields: Iterable[Field]) -> Iterator[tuple[str, Link]]:
    """Yield, for each field that holds the code of a division, the link to the division itself."""
    for field in fields:
        if field.type is RegionCode and not field.unique:
            name = field.name.replace("region", "division") if "region" in field.name else f"{field.name}_division"
            yield name, Link(
                name=name, target=DIVISION, by=field.name, to="code", sensitivity=field.sensitivity,
                zh=f"{field.zh}（区划）", en=f"{field.en}: the division with its name",
            )  # fmt: skip


def _check_field(owner: Entity, field: Field) -> None:
    where = f"{owner.name}.{field.name}"
    text = isinstance(field.type, Scalar) and field.type.storage == "text"
    if field.sensitivity is Sensitivity.SENSITIVE and not field.sealed:
        raise DeclarationError(f"{where} is sensitive, so it must be sealed.")
    if field.sensitivity is Sensitivity.PERSONAL and text and not field.sealed:
        raise DeclarationError(f"{where} is personal text, so it must be sealed.")
    if field.sealed and field.group is None:
        raise DeclarationError(f"{where} is sealed, so it must name its protection group.")
    if field.sealed and (field.filter or field.sort or field.aggregate or field.policy):
        raise DeclarationError(
            f"{where} is sealed: it can be looked up, not filtered, sorted, grouped or used by policy."
        )
    if field.lookup and not field.sealed:
        raise DeclarationError(f"{where} is not sealed: declare filter instead of lookup.")
    if field.mask is not None and not (field.sealed or text):
        raise DeclarationError(f"{where} is not text, so it has no mask.")
    shows = field.mask is not None and (field.mask.first or field.mask.last)
    if (shows or field.lookup) and not field.segments:
        raise DeclarationError(
            f"{where} is masked in part or looked up, so it must say what its values are made of (segments)."
        )
    for name in {name for segment in field.segments for name in segment.told_by}:
        if name not in owner.fields:
            raise DeclarationError(f"{where} is told by {name}, which {owner.name} does not have.")
    if not (field.zh and field.en):
        raise DeclarationError(f"{where} needs its meaning in Chinese and in English.")


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
    known = {item.name: item for item in (_declared if entities is None else entities)}
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
        _need(authority.fields, owner.authorised_by, f"{owner.name} (authorised_by)")


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
