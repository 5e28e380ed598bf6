"""When a failed delivery is tried again."""

from __future__ import annotations

from datetime import timedelta

from hub.webhooks.retrying import DELAYS, JITTER, LONGEST_WISH, delay


def test_the_delays_grow_and_reach_over_three_days():
    assert list(DELAYS) == sorted(DELAYS)
    assert timedelta(days=3) < sum(DELAYS, timedelta()) < timedelta(days=4)


def test_chance_makes_a_delay_longer_and_never_shorter():
    for failures, least in enumerate(DELAYS, 1):
        assert delay(failures, chance=lambda: 0.0) == least
        assert delay(failures, chance=lambda: 1.0) == least * (1 + JITTER)


def test_after_the_last_delay_nothing_is_tried_any_more():
    assert delay(len(DELAYS) + 1) is None
    assert delay(len(DELAYS) + 1, timedelta(seconds=1)) is None


def test_a_wish_makes_a_delay_longer_within_bounds_and_never_shorter():
    assert delay(1, timedelta(minutes=10)) == timedelta(minutes=10)
    assert delay(4, timedelta(minutes=10), lambda: 0.0) == DELAYS[3]
    assert delay(1, timedelta(days=400)) == LONGEST_WISH
