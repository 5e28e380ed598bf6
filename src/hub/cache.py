"""The one way to keep what was made and may be needed again: bounded by weight, the least recently used goes first.

For whatever is kept by keys that come from outside. Functions of what the program itself declares use
``functools.cache``: there are only so many declarations.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Key = TypeVar("Key", bound="Hashable")
Value = TypeVar("Value")


def _one(_key: object, _value: object) -> int:
    return 1


class Cache(Generic[Key, Value]):
    """Values by key, of ``most`` weight together.

    ``weigh``: the weight of an entry, at least 1 and the same each time; without it each weighs 1, and ``most`` is
    their number. What weighs more than ``most`` alone is not kept. ``weight``: of all that is kept now.
    """

    __slots__ = ("_kept", "_weigh", "most", "weight")

    def __init__(self, most: int, weigh: Callable[[Key, Value], int] = _one) -> None:
        self.most = most
        self.weight = 0
        self._weigh = weigh
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return what is kept for the key, which counts as a use of it; None where nothing is."""
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value in place of what was kept for its key, at the cost of what was used longest ago; return it."""
        self.forget(key)
        weight = self._weigh(key, value)
        if weight > self.most:
            return value
        self._kept[key] = value
        self.weight += weight
        while self.weight > self.most:
            self.weight -= self._weigh(*self._kept.popitem(last=False))
        return value

    def forget(self, key: Key) -> None:
        """Drop what is kept for the key, if anything is."""
        if key in self._kept:
            self.weight -= self._weigh(key, self._kept.pop(key))

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)


def cached(
    most: int, weigh: Callable[[Any, object], int] = _one
) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Keep the results of a function of one argument, as ``Cache`` keeps values; ``weigh`` by the argument."""

    def decorate(function: Callable[[Key], Value]) -> Callable[[Key], Value]:
        kept: Cache[Key, tuple[Value]] = Cache(most, weigh)

        @wraps(function)
        def result(argument: Key) -> Value:
            found = kept.get(argument)
            return (found or kept.keep(argument, (function(argument),)))[0]

        return result

    return decorate
