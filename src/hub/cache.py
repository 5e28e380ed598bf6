"""The one way to keep what was made and may be needed again: bounded by weight, what was not used lately goes first.

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


class _Entry(Generic[Value]):
    __slots__ = ("used", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.used = False


class Cache(Generic[Key, Value]):
    """Values by key, of ``most`` weight together.

    ``weigh``: the weight of an entry, at least 1 and the same each time; without it each weighs 1, and ``most`` is
    their number. What weighs more than ``most`` alone is not kept. ``weight``: of all that is kept now.

    A use only leaves a mark. Who is next to go and has one loses it instead, and goes to the end of the queue (the
    "second chance" of page replacement). Moving an entry at each use hashes its key once more: a plan's key took
    0.42 µs instead of 0.31, and a point query looks up a dozen things.
    """

    __slots__ = ("_kept", "_weigh", "most", "weight")

    def __init__(self, most: int, weigh: Callable[[Key, Value], int] = _one) -> None:
        self.most = most
        self.weight = 0
        self._weigh = weigh
        self._kept: OrderedDict[Key, _Entry[Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """Return what is kept for the key, which counts as a use of it; None where nothing is."""
        entry = self._kept.get(key)
        if entry is None:
            return None
        entry.used = True
        return entry.value

    def keep(self, key: Key, value: Value) -> Value:
        """Keep a value in place of what was kept for its key, at the cost of what was not used lately; return it."""
        self.forget(key)
        weight = self._weigh(key, value)
        if weight > self.most:
            return value
        while self.weight + weight > self.most:
            self._drop_one()
        self._kept[key] = _Entry(value)
        self.weight += weight
        return value

    def forget(self, key: Key) -> None:
        """Drop what is kept for the key, if anything is."""
        if key in self._kept:
            self.weight -= self._weigh(key, self._kept.pop(key).value)

    def _drop_one(self) -> None:
        while True:
            key, entry = self._kept.popitem(last=False)
            if not entry.used:
                self.weight -= self._weigh(key, entry.value)
                return
            entry.used = False
            self._kept[key] = entry

    def __contains__(self, key: Key) -> bool:
        return key in self._kept

    def __len__(self) -> int:
        return len(self._kept)


def cached(
    most: int, weigh: Callable[[Any, object], int]
) -> Callable[[Callable[[Key], Value]], Callable[[Key], Value]]:
    """Keep the results of a function of one argument, as ``Cache`` keeps values; ``weigh`` by the argument.

    Where each result weighs the same, ``functools.lru_cache`` does it.
    """

    def decorate(function: Callable[[Key], Value]) -> Callable[[Key], Value]:
        kept: Cache[Key, tuple[Value]] = Cache(most, weigh)

        @wraps(function)
        def result(argument: Key) -> Value:
            found = kept.get(argument)
            return (found or kept.keep(argument, (function(argument),)))[0]

        return result

    return decorate
