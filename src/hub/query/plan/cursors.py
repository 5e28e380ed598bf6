"""Cursors: what they are bound to, what they hold, and which of them are this version's.

A cursor is sealed for one viewer, purpose and list. The list is written as bytes by ``canonical_form``, so that a
cursor goes on wherever the list stands in a document and whichever process answers. Whoever changes a byte of that
form raises ``VERSION``, which stands before every cursor: those of before are told from those of others then.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import orjson

from hub.catalog.predicate import Always, And, Compare, IsNull, Linked, Never, Not, OneOf, Or, Within
from hub.crypto import BadCursor
from hub.query.errors import CursorOutdated, CursorRefused
from hub.query.plan.parameters import CursorScope, Param

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.catalog import Field
    from hub.catalog.predicate import Predicate
    from hub.crypto import Vault
    from hub.policy import Principal
    from hub.query.plan.tree import OrderKey

VERSION: Final = 2
"""Of the canonical form. The first had no number, and no mark before its cursors."""
MARK: Final = f"v{VERSION}."
_MARKED: Final = re.compile(r"v\d+\.")
_UNMARKED: Final = re.compile(r"[\w-]{22,}", re.ASCII)
"""What a cursor of the first version looks like: 17 sealed bytes or more, in base64url."""
_AS_STORED: Final = frozenset({"text", "code"})
ENDLESS: Final = {
    "infinity": datetime.max.replace(tzinfo=UTC),
    "-infinity": datetime.min.replace(tzinfo=UTC),
}
"""Times that the server has no text for but these words; the driver stores the last and first moment as such."""


# --- what a cursor is bound to ---


def canonical_form(connection: str, field: str, order: Sequence[OrderKey], where: Predicate, first: int) -> bytes:
    """Write a list as bytes: its connection type, the field that it stands at, its order and its rows.

    ``first``: the index of its first parameter, from which they are numbered.
    """
    keys = [[key.table.entity.name, key.field.name, key.descending] for key in order]
    return orjson.dumps([VERSION, connection, field, keys, _form(where, first)], default=_text_of)


def _form(where: Predicate, first: int) -> list[Any]:
    match where:
        case Always():
            return ["always"]
        case Never():
            return ["never"]
        case Compare(field, op, value):
            return [op, field, _value(value, first)]
        case OneOf(field, values):
            return ["in", field, _value(values, first)]
        case Within(field, regions):
            return ["within", field, _value(regions, first)]
        case IsNull(field):
            return ["isNull", field]
        case Linked(link, inner):
            return ["link", link, _form(inner, first)]
        case And(parts):
            return ["and", *[_form(part, first) for part in parts]]
        case Or(parts):
            return ["or", *[_form(part, first) for part in parts]]
        case Not(part):
            return ["not", _form(part, first)]


def _value(value: Any, first: int) -> Any:
    """A parameter by its number in the list, or what policies say: text, numbers, days, truths, tuples of text."""
    return {"parameter": value.index - first} if isinstance(value, Param) else value


def cursor_context(scope: CursorScope, values: Sequence[Any], principal: Principal) -> bytes:
    """What cursors of a list are bound to in one execution: viewer, purpose, list, and the values of its filter.

    ``values``: of all the plan's parameters.
    """
    mine = [values[param.index] for param in scope.values]
    text = orjson.dumps([principal.name, principal.purpose, scope.form.decode(), mine], default=_text_of)
    return hashlib.sha256(text).digest()


def _text_of(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


# --- what a cursor holds ---


def cursor_sealer(vault: Vault) -> Callable[[list[Any], bytes], str]:
    """Return the function from a row's keys, as they are read (ids as their 16 bytes), and a context to a cursor."""
    seal = vault.cursor_seal
    return lambda keys, context: MARK + seal(orjson.dumps(keys, default=_key_text), context)


def _key_text(key: Any) -> str:
    return str(UUID(bytes=key)) if isinstance(key, bytes) else str(key)


def open_cursor(vault: Vault, text: str, context: bytes, where: str) -> list[Any]:
    """Return the keys of a cursor's position. ``where`` names the argument.

    ``CursorOutdated`` if it is of another version, ``CursorRefused`` if it was changed or made for another context.
    """
    if not text.startswith(MARK):
        if _MARKED.match(text) or _UNMARKED.fullmatch(text):
            raise CursorOutdated(f"{where} is a cursor from an earlier version of the hub; start again without it.")
        raise _foreign(where)
    try:
        keys: list[Any] = orjson.loads(vault.cursor_open(text.removeprefix(MARK), context))
    except BadCursor:
        raise _foreign(where) from None
    return keys


def _foreign(where: str) -> CursorRefused:
    return CursorRefused(f"{where} is not a cursor of this list for you; start again without it.")


def restored(field: Field, key: Any) -> Any:
    """Return a key as the field's column is compared with it."""
    if key is None:
        return None
    if field.codes is not None or field.scalar.storage in _AS_STORED:
        return key  # parsing would spell a code as it should be, and the row is found where it stands
    if field.scalar.storage == "timestamptz" and key in ENDLESS:
        return ENDLESS[key]
    return field.scalar.parse(key)
