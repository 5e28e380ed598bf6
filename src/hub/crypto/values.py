"""The type of a sealed value."""

from __future__ import annotations

from typing import NoReturn


class Sealed(bytes):
    """An envelope. It shows itself as ``<sealed>``; opening it is an explicit call of an opener.

    It is a ``bytes``, so that a database driver takes it as it is. JSON encoders refuse it like any bytes,
    and so does pickle, so that it does not slip into a cache or a queue unseen.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("<sealed>", spec)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a sealed value is not pickled; store it in its column")
