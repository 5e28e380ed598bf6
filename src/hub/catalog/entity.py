"""What an entity is, and what a declaration of one must fulfil by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.catalog.fields import Alike, Field
from hub.catalog.scalars import Boolean, CodeList, Integer, RowId, Scalar
from hub.catalog.sensitivity import Sensitivity, Share
from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.catalog.fields import Link, Links
    from hub.catalog.frequency import Frequency
    from hub.catalog.process import Process


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
    ``version``, and a change can be bound to the version that it was decided on. ``frequency``, ``share``,
    ``conditions``: what the data catalogue must state (Regulation on Government Data Sharing, article 13).
    ``departments``: those that provide it and may agree to share it, none where it is the hub's own; ``provider``: a
    note on who provides it. ``legal_basis``: why it is not shared (article 15).

    What synchronisation keeps: ``identified_by`` is the look-up field by which sources name a row; one entity has it,
    that of people. ``belongs_to``: its links, through a joining entity, of which there must be one, or nothing is kept
    about the person. ``authorised_by``: the field (``OnDays``) that must hold today in a row at the end of those links,
    or a row of this entity about the person is not kept.

    ``part_of``: the link to the row that this one is a part of: who may not see that row sees nothing of this one
    either. ``process``: the steps that change its rows, if any. ``logged``: events tell what happens to its rows, as
    to those of every process. ``log``: its own rows are these events (``hub.catalog.log``).
    """

    name: str
    zh: str
    en: str
    groups: tuple[EntityGroup, ...]
    provider: str
    departments: tuple[CodeList, ...]
    frequency: Frequency
    share: Share
    legal_basis: str | None
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
    part_of: str | None = None
    process: Process | None = None
    logged: bool = False
    log: bool = False

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
        """The links that have a column of their own; the others are read off a field, or share a column."""
        return {name: item for name, item in self.links.items() if item.by is None and item.shared is None}

    def taken(self, name: str) -> Field | Link:
        """What a step takes under this name: a field, or a link to one row; ``KeyError`` if there is none."""
        return self.fields[name] if name in self.fields else self.stored_links[name]

    @property
    def exists_with(self) -> tuple[str, ...]:
        """The links of which one must lead to a row that a viewer may see, or this row does not exist for it."""
        if self.log:
            return tuple(name for name, item in self.links.items() if item.shared is not None)
        return () if self.part_of is None else (self.part_of,)

    @property
    def filter_links(self) -> tuple[Link, ...]:
        """The links that a filter can follow: of those that are read off a field, where rows can be filtered by it."""
        return tuple(item for item in self.links.values() if item.by is None or self.fields[item.by].filter)

    def share_of(self, item: Field | Link | Links) -> Share:
        """The share attribute of one of its items: that of the entity, unless a field has a stricter one."""
        return (item.share if isinstance(item, Field) else None) or self.share

    def legal_basis_of(self, item: Field | Link | Links) -> str | None:
        """Why one of its items is not shared; None where it is."""
        return (item.legal_basis if isinstance(item, Field) else None) or self.legal_basis

    @property
    def policy_fields(self) -> tuple[Field, ...]:
        """The fields that policies may use as attributes of a row."""
        return tuple(item for item in self.fields.values() if item.policy)


def check_sharing(owner: Entity) -> None:
    """Raise ``DeclarationError`` where what is not shared has no legal basis, or a field is shared more freely."""
    if owner.share is Share.NOT_SHARED and not owner.legal_basis:
        raise DeclarationError(f"{owner.name} is not shared, so it must cite the law that says so (legal_basis).")
    for field in owner.fields.values():
        where = f"{owner.name}.{field.name}"
        if owner.share_of(field).strictness < owner.share.strictness:
            raise DeclarationError(f"{where} may be shared with more reserve than {owner.name}, not with less.")
        if owner.share_of(field) is Share.NOT_SHARED and not owner.legal_basis_of(field):
            raise DeclarationError(f"{where} is not shared, so it must cite the law that says so (legal_basis).")


def check_field(owner: Entity, field: Field) -> None:
    """Raise ``DeclarationError`` where a field of the entity contradicts itself."""
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
    on_days = isinstance(field.type, Scalar) and field.type.storage == "days"
    if on_days and (field.nullable or field.sealed or field.sort or field.aggregate):
        raise DeclarationError(f"{where} holds on certain days: it has a value always, and is not sealed or sorted.")
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
    if field.alike is not None:
        _check_alike(owner, field, field.alike)
    if field.total and (field.sealed or field.type is not Integer):
        raise DeclarationError(f"{where} is no whole number in plain, so lists do not add it up (total).")
    if not (field.zh and field.en):
        raise DeclarationError(f"{where} needs its meaning in Chinese and in English.")


def _check_alike(owner: Entity, field: Field, alike: Alike) -> None:
    where = f"{owner.name}.{field.name}"
    if field.type is not Boolean or field.nullable or field.sealed or field.filter or field.sort or field.aggregate:
        raise DeclarationError(f"{where} counts rows: it is Boolean, has a value always, and is for policies alone.")
    named = {*alike.fields, *(name for name, _ in alike.among)}
    if (wrong := [name for name in named if name not in owner.fields or owner.fields[name].sealed]) or not alike.fields:
        raise DeclarationError(f"{where} counts rows by fields that are there and not sealed; not by {wrong}.")
