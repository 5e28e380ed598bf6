"""Declaring fields and links. Each call says everything that the rest of the hub derives from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from hub.catalog.scalars import CODE_OPERATORS, SEALED_OPERATORS, Codes, FieldType, Integer, Operator, Scalar
from hub.catalog.sensitivity import Group, Sensitivity, Share

if TYPE_CHECKING:
    from hub.catalog.mask import Mask, Segment


@cache
def camel(name: str) -> str:
    """The GraphQL spelling of a Python name."""
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)


@dataclass(frozen=True, slots=True)
class Alike:
    """Whether a row is one of at least so many that are alike in these fields; one without a value is alike to none.

    ``among``: fields and the value that each must have in a row for it to count.
    """

    least: int
    fields: tuple[str, ...]
    among: tuple[tuple[str, str | bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One item of an entity.

    ``lookup`` (sealed fields): may be found by its exact value, through a blind index of ``index_bits``.
    ``filter``, ``sort``, ``aggregate``: possible at all; whether a viewer may is for policy to say.
    ``policy``: usable by policies as an attribute of the row. ``group``: whose data key seals it. ``segments``: what
    its values are made of, from which follows how many fit a mask. ``share``, ``legal_basis``: where it is shared with
    more reserve than its entity. ``total``: lists add it up over all pages, of the rows in which the viewer reads it;
    a field for whole numbers. ``computed``: the database works it out from other columns of the row, by this
    expression as PostgreSQL tells it back; nobody writes it. ``alike``: the database counts it whenever it is read.
    """

    name: str = ""
    type: FieldType
    sensitivity: Sensitivity
    zh: str
    en: str
    nullable: bool = True
    sealed: bool = False
    lookup: bool = False
    filter: bool = False
    sort: bool = False
    aggregate: bool = False
    policy: bool = False
    unique: bool = False
    mask: Mask | None = None
    segments: tuple[Segment, ...] = ()
    group: Group | None = None
    index_bits: int = 128
    share: Share | None = None
    legal_basis: str | None = None
    computed: str | None = None
    alike: Alike | None = None
    total: bool = False

    @property
    def graphql(self) -> str:
        """Its name in GraphQL."""
        return camel(self.name)

    @property
    def written(self) -> bool:
        """Whether somebody writes it: it is not worked out from other columns or rows."""
        return self.computed is None and self.alike is None

    @property
    def total_name(self) -> str:
        """What its sum is called in a list."""
        return f"total{self.graphql[0].upper()}{self.graphql[1:]}"

    @property
    def column(self) -> str:
        """Its column in the store; one that is counted has none."""
        return self.name

    @property
    def index_column(self) -> str:
        """The column of its blind index."""
        return f"{self.name}_index"

    @property
    def codes(self) -> Codes | None:
        """Its code list, if it has one."""
        return None if isinstance(self.type, Scalar) else self.type

    @property
    def ordering(self) -> Field:
        """What rows are sorted by: the field itself; for an ordered code list the place of its code, counted from 1.

        That place stands in a column of its own, which the database fills.
        """
        if self.codes is None or not self.codes.ordered:
            return self
        return replace(self, name=f"{self.name}_order", type=Integer, filter=False, aggregate=False, policy=False)

    @property
    def scalar(self) -> Scalar:
        """Its scalar type; only for fields without a code list."""
        if not isinstance(self.type, Scalar):
            raise TypeError(f"{self.name} has a code list, not a scalar type")
        return self.type

    @property
    def operators(self) -> tuple[Operator, ...]:
        """What ``where`` may ask of it; nothing unless it is declared for look-up or filter."""
        if self.sealed:
            return SEALED_OPERATORS if self.lookup else ()
        if not self.filter:
            return ()
        operators = self.type.operators if isinstance(self.type, Scalar) else CODE_OPERATORS
        return operators if self.nullable else tuple(op for op in operators if op != "isNull")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """To one row of another entity.

    Through the column ``<name>_id``, which holds the row's id; or through what both rows say: the field ``by`` of this
    row, or only its first ``digits``, is the target's unique field ``to``. Whoever may read that field may follow.
    ``shared``: the column that holds the id, where several links have one together and at most one of them leads to a
    row.
    """

    name: str = ""
    target: str
    by: str | None = None
    to: str = "id"
    digits: int | None = None
    shared: str | None = None
    sensitivity: Sensitivity
    zh: str
    en: str
    nullable: bool = True

    @property
    def graphql(self) -> str:
        """Its name in GraphQL."""
        return camel(self.name)

    @property
    def column(self) -> str:
        """The column of this row that tells which row it leads to."""
        return self.by or self.shared or f"{self.name}_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """To many rows of another entity.

    The target's link ``by`` equals this row's id, or this row's own link ``via`` where one is named
    (two rows that share a household). With ``through``, a joining entity stands between: its link ``by``
    leads here and its link ``to`` leads to the target; its fields are the edge's. ``plain``: a list of
    at most ``limit`` rows instead of a connection.
    """

    name: str = ""
    target: str
    by: str
    sensitivity: Sensitivity
    zh: str
    en: str
    via: str | None = None
    through: str | None = None
    to: str | None = None
    plain: bool = False
    limit: int = 100

    @property
    def graphql(self) -> str:
        """Its name in GraphQL."""
        return camel(self.name)


def field(
    type: FieldType,  # noqa: A002 - reads as the declaration does
    sensitivity: Sensitivity,
    *,
    zh: str,
    en: str,
    nullable: bool = True,
    sealed: bool = False,
    lookup: bool = False,
    filter: bool = False,  # noqa: A002 - the name in the catalogue
    sort: bool = False,
    aggregate: bool = False,
    policy: bool = False,
    unique: bool = False,
    mask: Mask | None = None,
    segments: tuple[Segment, ...] = (),
    group: Group | None = None,
    index_bits: int = 128,
    share: Share | None = None,
    legal_basis: str | None = None,
    computed: str | None = None,
    alike: Alike | None = None,
    total: bool = False,
) -> Field:
    """Declare a field; its name is the attribute that it is bound to."""
    return Field(
        type=type, sensitivity=sensitivity, zh=zh, en=en, nullable=nullable, sealed=sealed, lookup=lookup,
        filter=filter, sort=sort, aggregate=aggregate, policy=policy, unique=unique, mask=mask,
        segments=segments, group=group, index_bits=index_bits, share=share, legal_basis=legal_basis,
        computed=computed, alike=alike, total=total,
    )  # fmt: skip


def link(
    target: str,
    *,
    zh: str,
    en: str,
    nullable: bool = True,
    sensitivity: Sensitivity = Sensitivity.INTERNAL,
    by: str | None = None,
    to: str = "id",
    digits: int | None = None,
) -> Link:
    """Declare a link to one row of ``target``."""
    return Link(target=target, zh=zh, en=en, nullable=nullable, sensitivity=sensitivity, by=by, to=to, digits=digits)


def links(
    target: str,
    *,
    by: str,
    zh: str,
    en: str,
    via: str | None = None,
    through: str | None = None,
    to: str | None = None,
    plain: bool = False,
    limit: int = 100,
    sensitivity: Sensitivity = Sensitivity.INTERNAL,
) -> Links:
    """Declare a link to many rows of ``target``."""
    return Links(
        target=target, by=by, zh=zh, en=en, via=via, through=through, to=to, plain=plain, limit=limit,
        sensitivity=sensitivity,
    )  # fmt: skip
