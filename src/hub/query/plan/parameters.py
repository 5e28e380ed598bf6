"""Values that only an execution knows: where each comes from, and how it becomes what the SQL takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.catalog import Field
    from hub.query.plan.arguments import ValueSource


@dataclass(frozen=True, slots=True)
class Param:
    """The place of a value: index into the plan's binders. ``fixed``: it is the same in every execution of the plan."""

    index: int
    fixed: bool = False


FoundBy = Literal["each row", "any row", "nothing"]
"""What proves that values were found which a viewer looks up: each row of the root one of them, any rows one of them
in all, or nothing does (inside ``or``, ``not`` and lists below the root)."""


@dataclass(frozen=True, slots=True)
class Binder:
    """Makes a parameter's value: takes it from document or variables and converts it.

    ``where`` names the argument in errors. ``looks_up``: the value is protected and counts against the
    viewer's budget of look-ups. ``recorded_as``: the value is not sealed and may point to one person all the same
    (an id, an amount): the field's name, under which its token stands in the audit record. ``guess``: the viewer may
    look up what it does not see plain, and so try values; what proves that one was found. ``root``: of guesses, the
    response key of the root that they stand in.
    """

    source: ValueSource
    convert: Callable[[object], object]
    where: str
    looks_up: bool = False
    recorded_as: str | None = None
    guess: FoundBy | None = None
    root: str = ""


@dataclass(frozen=True, slots=True)
class CursorScope:
    """What a cursor is bound to, besides the viewer: a list in its canonical form, and the values of its parameters.

    ``form``: see ``hub.query.plan.cursors``.
    """

    form: bytes
    values: tuple[Param, ...]


@dataclass(frozen=True, slots=True)
class CursorKey:
    """Makes one key of a cursor's position. The cursor opens only for the list that ``scope`` identifies."""

    source: ValueSource
    key: int
    field: Field
    scope: CursorScope
    where: str


@dataclass(frozen=True, slots=True)
class RootRow:
    """The id of the row that the selection is rooted at: whoever executes the plan gives it."""

    where: str = "the row that was changed"
