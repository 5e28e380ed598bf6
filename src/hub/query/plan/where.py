"""``where`` and ``orderBy``: trees of arguments become predicates and order keys, each by its own right."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import ID, SEQUENCE, Field, Link, RowId, Scalar, Sensitivity, parse_code
from hub.catalog.predicate import (
    ALWAYS,
    NEVER,
    Compare,
    IsNull,
    Linked,
    OneOf,
    Predicate,
    Within,
    conj,
    disj,
    negate,
)
from hub.query.errors import AccessRefused, ArgumentRefused, TooManyTests
from hub.query.nodeid import row_id
from hub.query.plan.arguments import Leaf, enum_name
from hub.query.plan.parameters import Binder
from hub.query.plan.rights import still_to_test
from hub.query.plan.tree import OrderKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.catalog import Catalogue, Entity
    from hub.crypto import Vault
    from hub.query.plan.arguments import Tree
    from hub.query.plan.parameters import FoundBy, Param
    from hub.query.plan.rights import ViewerRights
    from hub.query.plan.tree import NodeTable

    Check = Callable[[Any], Any]
    """Returns a value that fits; ``ValueError`` says why one does not."""


@dataclass(slots=True)
class Filters:
    """Makes predicates and orders for one plan. ``bind`` gives a value its place among the plan's parameters.

    ``note``: takes, for the audit, a path by the schema's names and what the field was used for. ``tests``: how many
    conditions the filters have so far.
    """

    catalogue: Catalogue
    rights: ViewerRights
    vault: Vault
    bind: Callable[[Binder], Param]
    note: Callable[[str, str], None]
    tests: int = 0

    def where(self, entity: Entity, tree: Tree, at: str, *, found_by: FoundBy) -> Predicate:
        """Return the rows that the filter asks for, and that may be asked for.

        ``at``: the filter's path. ``found_by``: what proves that values were found which it looks up.
        """
        return conj(self.parts(entity, tree, at, found_by=found_by))

    def parts(
        self,
        entity: Entity,
        tree: Tree,
        at: str,
        *,
        division: Check | None = None,
        found_by: FoundBy = "nothing",
    ) -> tuple[Predicate, Predicate]:
        """Return the rows that may be asked for so, and those among them that are.

        ``division``: a further check of divisions that rows shall lie within.
        """
        if not isinstance(tree, dict):
            return ALWAYS, ALWAYS
        filter_ = _Filter(self, division)
        asked = filter_.rows(entity, tree, at, found_by)
        return conj(filter_.needed), asked

    def order(self, table: NodeTable, tree: Tree, at: str) -> tuple[tuple[OrderKey, ...], Predicate]:
        """Return the keys of the order, the id always last, and the rows that may be ordered so.

        A log is in its own order unless another is asked for.
        """
        items = tree if isinstance(tree, list) else [tree] if isinstance(tree, dict) else []
        if table.entity.log and not items:
            return (OrderKey(table, SEQUENCE, descending=False),), ALWAYS
        keys: list[OrderKey] = []
        needed: list[Predicate] = []
        for item in items:
            name = enum_name(item["field"]).lower()
            field = table.entity.fields[name]
            if any(key.field == field.ordering for key in keys):
                raise ArgumentRefused(f"orderBy names {enum_name(item['field'])} twice.")
            needed.append(self.right("sort", table.entity, field))
            self.note(f"{at}.{field.graphql}", "SORTED")
            keys.append(OrderKey(table, field.ordering, descending=enum_name(item["direction"]) == "DESC"))
        if not any(key.field.name == "id" for key in keys):
            keys.append(OrderKey(table, ID, descending=bool(keys) and keys[-1].descending))
        last = next(place for place, key in enumerate(keys) if key.field.name == "id")
        return tuple(keys[: last + 1]), conj(needed)

    def right(self, action: str, entity: Entity, field: Field) -> Predicate:
        """Return the rows that may be looked up, filtered or sorted by the field; ``AccessRefused`` if none may."""
        if field.name == "id":
            return ALWAYS
        decision = self.rights.may(action, entity, field.name)
        if decision.where == NEVER:
            verb = {"lookup": "look up", "filter": "filter", "sort": "sort"}[action]
            raise AccessRefused(f"You may not {verb} {entity.name} by {field.graphql}: {decision.reason}")
        return decision.where

    def guess(self, entity: Entity, field: Field, allowed: Predicate, found_by: FoundBy) -> FoundBy | None:
        """Return what proves a look-up of the field to have found something; None where nothing can be guessed by it.

        ``allowed``: the rows that it may be looked up in. Where all of them show the field plain, there is nothing to
        guess. A row stands for one value only where no two rows have the same.
        """
        looked_through = conj((self.rights.rows(entity).where, allowed))
        if still_to_test(self.rights.field(entity, field).plain, known=looked_through) == ALWAYS:
            return None
        return "any row" if found_by == "each row" and not field.unique else found_by

    def count(self) -> None:
        """Count what becomes a condition of the SQL: writing them is the longest part of planning."""
        self.tests += 1
        if self.tests > TESTS:
            raise TooManyTests(f"The filters of the query have more than {TESTS} tests, which is the limit.")


@dataclass(slots=True)
class _Filter:
    """One filter. ``needed``: the rows that may be asked for so, as far as they are known."""

    filters: Filters
    division: Check | None
    needed: list[Predicate] = dataclass_field(default_factory=list)

    def rows(self, entity: Entity, tree: dict[str, Any], at: str, found_by: FoundBy) -> Predicate:
        """Return the rows that all members of the filter ask for."""
        parts: list[Predicate] = []
        members = entity.members
        for name, below in tree.items():
            if below is None:
                continue
            if name == "and":
                parts += [self.rows(entity, item, at, found_by) for item in _trees(below)]
            elif name == "or":
                parts.append(disj([self.rows(entity, item, at, "nothing") for item in _trees(below)]))
            elif name == "not":
                parts.append(negate(self.rows(entity, below, at, "nothing")))
            elif isinstance(item := members[name], Link):
                parts.append(self._linked(entity, item, below, f"{at}.{name}", found_by))
            elif isinstance(item, Field):
                allowed = self.filters.right("lookup" if item.sealed else "filter", entity, item)
                self.needed.append(allowed)
                guess = self.filters.guess(entity, item, allowed, found_by) if item.sealed else None
                if below:
                    self.filters.note(f"{at}.{name}", "LOOKED_UP" if item.sealed else "FILTERED")
                parts += [self._test(entity, item, op, leaf, guess) for op, leaf in below.items()]
        return conj(parts)

    def _linked(self, entity: Entity, link: Link, tree: dict[str, Any], at: str, found_by: FoundBy) -> Predicate:
        filters = self.filters
        filters.count()
        target = filters.catalogue[link.target]
        followed, visible = filters.rights.field(entity, link), filters.rights.rows(target)
        if NEVER in (followed.plain, visible.where):
            raise AccessRefused(f"You may not filter {entity.name} by {link.graphql}: {followed.reason}")
        self.needed.append(followed.plain)
        if link.by is not None:
            self.needed.append(filters.right("filter", entity, entity.fields[link.by]))
        filters.note(at, "FILTERED")
        # Several rows may lead to the one that has the value.
        found_by = "any row" if found_by == "each row" else found_by
        asked = filters.parts(target, tree, at, division=self.division, found_by=found_by)
        return Linked(link.name, conj((visible.where, *asked)))

    def _test(self, entity: Entity, field: Field, op: str, leaf: Tree, guess: FoundBy | None) -> Predicate:
        self.filters.count()
        where = f"{entity.name}.{field.graphql}.{op}"
        if op not in field.operators:
            raise ArgumentRefused(f"{where} cannot be asked; possible are {', '.join(field.operators) or 'none'}.")
        if not isinstance(leaf, Leaf):
            advice = "; to ask for absent values use isNull" if "isNull" in field.operators else ""
            raise ArgumentRefused(f"{where} must have a value{advice}.")
        if op == "isNull":
            absent = IsNull(field.column)
            return absent if leaf.value else negate(absent)
        convert = converter(entity, field, self.filters.vault)
        column = field.index_column if field.sealed else field.column

        def bound(convert: Callable[[Any], Any]) -> Param:
            recorded = _recorded_as(entity, field)
            return self.filters.bind(Binder(leaf.source, convert, where, field.sealed, recorded, guess))

        if op == "in":
            return OneOf(column, bound(lambda values: [convert(item) for item in _list(values)]))
        if op == "within":
            check = self.division
            return Within(column, bound(convert if check is None else lambda value: check(convert(value))))
        return Compare(column, op, bound(convert))


def _trees(below: Any) -> list[Any]:
    # An empty list that a variable brings has nothing in it to tell that it is one of filters.
    return [] if isinstance(below, Leaf) else below


def _recorded_as(entity: Entity, field: Field) -> str | None:
    """Whoever knows a person's row by its id, or a value that few have, asks about that person."""
    personal = field.sensitivity >= Sensitivity.PERSONAL or field.name == ID.name
    return f"{entity.name}.{field.graphql}" if personal and not field.sealed else None


TESTS: Final = 200
VALUES: Final = 1_000


def _list(values: Any) -> list[Any]:
    if isinstance(values, list) and len(values) > VALUES:
        raise ValueError(f"may have at most {VALUES} values, and has {len(values)}")
    return values if isinstance(values, list) else [values]


def converter(entity: Entity, field: Field, vault: Vault) -> Callable[[Any], Any]:
    """Return the function from a GraphQL value to what the column is compared with.

    It raises ``ValueError`` with a message that does not repeat the value.
    """
    if field.type is RowId:
        return lambda value: row_id(value, entity.name)
    if field.codes is not None:
        codes = field.codes
        return lambda value: parse_code(codes, getattr(value, "name", value)).name
    scalar: Scalar = field.scalar
    if not field.sealed:
        return scalar.parse
    index = vault.blind(entity.table, field.column, field.index_bits)
    return lambda value: index(scalar.key(scalar.parse(value)))
