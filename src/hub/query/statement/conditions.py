"""Predicates as conditions in SQL, and how a statement gets the values in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy import Boolean as SqlBoolean
from sqlalchemy import Date as SqlDate
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.dialects.postgresql import DATEMULTIRANGE
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect

from hub.catalog.predicate import Always, And, Compare, IsNull, Linked, Never, Not, OneOf, Or, Within, outermost
from hub.query.plan.parameters import Param
from hub.store.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy import FromClause

    from hub.catalog import Alike, Catalogue, Entity, Link
    from hub.catalog.predicate import Predicate

_ENDS: Final = {date.max: "'infinity'", date.min: "'-infinity'"}
"""Days that the driver stores as no day at all: whatever is compared with them has to be written so, too."""
DIALECT: Final = asyncpg_dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's dialects are untyped


@dataclass(slots=True)
class Parameters:
    """The parameters of one statement. ``kept``: no value so far changes how the statement is best run.

    ``names``: of each, by the name that it has in the expressions.
    """

    names: dict[str, Param] = field(default_factory=dict)
    kept: bool = True

    def tested(self, param: Param, kind: Any, *, unique: bool) -> ColumnElement[Any]:
        """A value of a filter. ``unique``: it finds a row or none, whatever it is."""
        self.kept &= unique
        return self.parameter(param, kind)

    def parameter(self, param: Param, kind: Any) -> ColumnElement[Any]:
        """The expression of a value."""
        name = f"p{param.index}"
        self.names[name] = param
        return bindparam(name, type_=kind)


@dataclass(slots=True)
class Conditions:
    """Writes the conditions of one statement. ``prefix``: of the aliases of rows that are only looked at."""

    catalogue: Catalogue
    prefix: str
    parameters: Parameters
    linked: int = 0

    def of(self, asked: Predicate, table: FromClause, entity: Entity) -> ColumnElement[bool]:
        """The condition on the rows of a table."""
        match asked:
            case Always():
                return true()
            case Never():
                return false()
            case And(parts):
                return and_(*(self.of(part, table, entity) for part in parts))
            case Or(parts):
                return or_(*(self.of(part, table, entity) for part in parts))
            case Not(part):
                return not_(self.of(part, table, entity))
            case IsNull(field):
                return table.c[field].is_(None)
            case Compare(field, op, value):
                unique, column = op == "eq" and field in _unique(entity), value_of(table, field, entity)
                return _compared(column, op, self._value(value, column.type, unique=unique))
            case OneOf(field, values):
                column = value_of(table, field, entity)
                return column == any_(self._value(values, ARRAY(column.type), unique=field in _unique(entity)))
            case Within(field, regions):
                return self._within(table.c[field], regions)
            case Linked(link, where):
                followed = entity.links[link]
                target = self.catalogue[followed.target]
                self.linked += 1
                other = TABLES[target.name].alias(f"{self.prefix}l{self.linked}")
                return exists().where(leads_to(followed, table, other), self.of(where, other, target))

    def _within(self, column: ColumnElement[Any], regions: Any) -> ColumnElement[bool]:
        # ":" follows "9" in the C collation, so this range is the code itself and all codes that it begins.
        kind = Text(collation="C")
        if isinstance(regions, Param):
            start = self._value(regions, kind, unique=False)
            return and_(column >= start, column < start.op("||")(constant(":", Text())))
        ranges = [
            and_(column >= constant(region, kind), column < constant(f"{region}:", kind))
            for region in outermost(regions)
        ]
        return or_(*ranges) if ranges else false()

    def _value(self, value: Any, kind: Any, *, unique: bool) -> ColumnElement[Any]:
        if isinstance(value, Param):
            return self.parameters.tested(value, kind, unique=unique)
        return constant(list(value) if isinstance(value, tuple | frozenset | set) else value, kind)


TODAY: Final = literal_column("(now() AT TIME ZONE 'Asia/Shanghai')::date", SqlDate())
"""The day in Beijing on which the statement runs: of each execution, so that no plan that is kept is yesterday's."""


def value_of(table: FromClause, name: str, entity: Entity) -> ColumnElement[Any]:
    """What a field says: its column; of a set of days, whether today is one of them; of rows alike, if there are."""
    field = entity.fields.get(name)
    if field is not None and field.alike is not None:
        return _are_alike(table, field.alike, entity)
    column = table.c[name]
    if isinstance(column.type, DATEMULTIRANGE):
        return column.op("@>", return_type=SqlBoolean())(TODAY)
    return column


def _are_alike(table: FromClause, asked: Alike, entity: Entity) -> ColumnElement[bool]:
    """Whether the row is one of so many: found by the index on these fields, which is read no further than that."""
    other = TABLES[entity.name].alias("alike")
    same = [other.c[name] == table.c[name] for name in asked.fields]
    among = [(column := value_of(other, name, entity)) == constant(value, column.type) for name, value in asked.among]
    # One row behind the others: whoever looks for it stops there, and the server plans for that.
    one, last = (literal_column(str(number), SqlInteger()) for number in (1, asked.least - 1))
    return select(literal_column("1")).where(*same, *among).limit(one).offset(last).correlate(table).exists()


def leads_to(link: Link, mine: FromClause, theirs: FromClause) -> ColumnElement[bool]:
    """The condition under which a link leads from a row of one table to a row of the other."""
    key, found = mine.c[link.column], theirs.c[link.to]
    if link.digits is None:
        return found == key
    # A shorter code begins nothing: what it names lies above.
    digits = literal_column(str(link.digits), SqlInteger())
    return and_(found == func.left(key, digits), func.length(key) >= digits)


def _compared(column: ColumnElement[Any], op: str, value: ColumnElement[Any]) -> ColumnElement[bool]:
    match op:
        case "eq":
            return column == value
        case "gt":
            return column > value
        case "gte":
            return column >= value
        case "lt":
            return column < value
        case _:
            return column <= value


def _unique(entity: Entity) -> frozenset[str]:
    """The columns of which a value is one row's alone."""
    found = {item.index_column if item.sealed else item.column for item in entity.fields.values() if item.unique}
    return frozenset({"id", *found})


def constant(value: Any, kind: Any) -> ColumnElement[Any]:
    """What policies or limits say, written out by SQLAlchemy."""
    if not isinstance(value, str):
        ends = _ENDS.get(value) if isinstance(value, date) else None
        return literal_column(ends or _literal_text(value, kind), kind)
    return literal_column(_literal_string(value), kind)


@lru_cache(maxsize=4_096)
def _literal_string(value: str) -> str:
    """Kept: a plan has the codes of a viewer's divisions dozens of times, and each takes 0.1 ms to compile."""
    return _literal_text(value, Text())


def _literal_text(value: Any, kind: Any) -> str:
    return str(literal(value, kind).compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))
