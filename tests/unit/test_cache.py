from __future__ import annotations

from hub.cache import Cache, cached


def letters(text: str, _value: object) -> int:
    return len(text)


def test_what_was_not_used_since_it_came_goes_first():
    cache: Cache[str, int] = Cache(2)
    cache.keep("a", 1)
    cache.keep("b", 2)
    assert cache.get("a") == 1
    cache.keep("c", 3)
    assert ("a" in cache, "b" in cache, "c" in cache) == (True, False, True)


def test_a_use_saves_an_entry_once():
    cache: Cache[str, int] = Cache(2)
    cache.keep("a", 1)
    cache.keep("b", 2)
    assert cache.get("a") == 1
    cache.keep("c", 3)
    assert [key in cache for key in "abc"] == [True, False, True]
    cache.keep("d", 4)
    assert [key in cache for key in "acd"] == [False, True, True]


def test_where_all_were_used_the_oldest_goes():
    cache: Cache[str, int] = Cache(3)
    for text in "abc":
        cache.keep(text, 1)
        assert cache.get(text) == 1
    cache.keep("d", 1)
    assert [key in cache for key in "abcd"] == [False, True, True, True]


def test_entries_are_bounded_by_what_they_weigh_together():
    cache: Cache[str, int] = Cache(10, letters)
    for text in ("aaaa", "bbbb", "c", "dddd"):
        cache.keep(text, 1)
    assert cache.weight == 9
    assert "aaaa" not in cache
    cache.keep("eeeeeeeee", 1)
    assert len(cache) == 1
    assert cache.weight == 9


def test_what_is_too_heavy_alone_is_given_back_and_pushes_nothing_out():
    cache: Cache[str, int] = Cache(3, letters)
    cache.keep("abc", 1)
    assert cache.keep("abcd", 2) == 2
    assert cache.get("abcd") is None
    assert cache.get("abc") == 1


def test_a_value_kept_again_weighs_once():
    cache: Cache[str, list[int]] = Cache(10, lambda _key, value: len(value))
    cache.keep("a", [1, 2, 3])
    cache.keep("a", [1])
    assert cache.weight == 1
    cache.keep("a", [0] * 11)
    assert cache.get("a") is None
    assert cache.weight == 0


def test_what_is_forgotten_weighs_nothing():
    cache: Cache[str, int] = Cache(10, letters)
    cache.keep("abc", 1)
    cache.forget("abc")
    cache.forget("never kept")
    assert (len(cache), cache.weight) == (0, 0)


def test_a_cached_function_is_called_again_only_for_what_was_pushed_out():
    called = []

    @cached(2, lambda _text, _value: 1)
    def absent(text: str) -> None:
        called.append(text)

    for text in ("a", "b", "a", "c", "a", "b"):
        absent(text)
    assert called == ["a", "b", "c", "b"]
