"""Deciding day by day: no unit twice, no need after its time, hindsight is never beaten, and prices help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import orjson
import pytest

from drawing_needs import drawn
from hub.matching import NOBODY, Instance, InstanceUnfit, Pairs, prove, solve
from hub.matching.online.drawn import SHOCK_DAYS, Kind, draw, with_past
from hub.matching.online.prices import bid_prices, decide, instance
from hub.matching.online.repair import Repair
from hub.matching.online.replay import BID_PRICES, DAILY_OPTIMUM, HINDSIGHT, compare, hindsight, play
from hub.matching.online.season import MONTH, Season, in_months, recorded
from solving_otherwise import by_highs

SMALL = {"resources": 5, "units": 2, "days": 2 * MONTH}
RECORD = {"days": 30, "waits": 3, "units": [1, 2], "needs": [
    {"day": 4, "worth": 1000, "fits": {"1": 500}}, {"day": 0, "worth": 8000, "fits": {"1": 10, "0": 20}},
]}  # fmt: skip


def shares(season, past, **options):
    return {each.policy: each.share for each in compare(season, past, **options)}


@pytest.mark.parametrize("seed", range(4))
def test_no_policy_beats_hindsight(seed):
    found = shares(draw(seed, **SMALL), draw(seed + 50, **SMALL), futures=2)
    assert found[HINDSIGHT] == 1.0
    assert all(0 < share <= 1 for share in found.values())


@pytest.mark.parametrize("seed", range(3))
def test_hindsight_is_what_another_solver_finds(seed):
    season = draw(seed, **SMALL)
    first, last = season.day // MONTH, season.last_month()
    months = tuple((first <= month) & (month <= last) for month in range(season.months))
    made = instance(season.worth, in_months(season.pairs, 5, months), np.tile(season.units, 2))
    assert hindsight(season)[0] == by_highs(made)


def test_bid_prices_come_nearer_to_hindsight_than_a_perfect_day():
    near = [
        shares(draw(seed, resources=8, units=4), draw(90 + seed, resources=8, units=4), futures=4) for seed in range(3)
    ]
    assert np.mean([each[BID_PRICES] for each in near]) > np.mean([each[DAILY_OPTIMUM] for each in near]) + 0.05
    assert min(each[BID_PRICES] for each in near) > 0.9


def test_the_same_seed_gives_the_same_table():
    season, past = draw(3, **SMALL), draw(4, **SMALL)
    assert compare(season, past, futures=2, seed=1) == compare(season, past, futures=2, seed=1)


def test_several_multipliers_are_compared():
    found = shares(draw(3, **SMALL), draw(4, **SMALL), futures=2, multipliers=(0.9, 1.0))
    assert {f"{BID_PRICES} × 0.9", f"{BID_PRICES} × 1"} < set(found)


def test_a_unit_that_others_need_more_is_kept_for_them_and_given_on_the_last_day():
    # One unit a month; a small need waits from the first day, large ones come in every past day.
    pairs = Pairs(np.array([0, 1]), np.array([0], np.int32), np.array([0], np.int32))
    season = Season(np.array([0], np.int32), np.array([1000]), pairs, np.array([1], np.int32), 40, MONTH)
    count = MONTH
    many = Pairs(np.arange(count + 1), np.zeros(count, np.int32), np.zeros(count, np.int32))
    past = Season(np.arange(count, dtype=np.int32), np.full(count, 8000), many, np.array([1], np.int32), 0, MONTH)
    chance, waiting, left = np.random.default_rng(0), np.array([0]), np.array([1], np.int32)
    early = bid_prices(season, past, 0, waiting, left, 3, chance)
    assert early[0] >= 1000
    assert decide(season, 0, left, early + 1) is None
    last = bid_prices(season, past, MONTH - 1, waiting, left, 3, chance)
    assert decide(season, 0, left, last) == 0


def test_a_policy_that_gives_a_unit_twice_or_to_who_is_not_eligible_is_stopped():
    season = draw(5, resources=20, units=2, days=MONTH)
    need = next(row for row in range(len(season.day)) if np.diff(season.pairs.start)[row] < 20)
    wanted = int(season.pairs.resource[season.pairs.of(need)][0])
    other = next(each for each in range(20) if season.pairs.find(need, each) is None)
    for wrong in ([(need, other)], [(need, wanted), (need, wanted)]):
        with pytest.raises(ValueError, match="cannot get"):
            play(season, lambda day, _waiting, _left, wrong=wrong: wrong if day == season.day[need] else ())


def test_who_is_lost_is_not_helped():
    season = replace(draw(5, **SMALL), waits=0)

    def late(day, waiting, _left):
        assert (season.day[waiting] == day).all()
        return ()

    assert play(season, late) == (0, 0)


def test_a_record_is_read_in_the_order_of_days():
    season = recorded(orjson.dumps(RECORD))
    assert season.day.tolist() == [0, 4]
    assert season.pairs.resource.tolist() == [0, 1, 1]
    assert hindsight(season) == (9520, 2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"days": 45}, "whole months"),
        ({"waits": -1}, "less than no day"),
        ({"units": [1]}, "no units"),
        ({"units": [1, -2]}, "less than no unit"),
        ({"needs": [{"day": 30, "worth": 1, "fits": {"0": 1}}]}, "in the order of their days"),
        ({"needs": [{"day": 0, "worth": 1, "fits": {"0": 1001}}]}, "not from 0 to 1000"),
        ({"needs": [{"day": 0, "worth": 1, "fits": {"wheelchair": 1}}]}, "no record of arrivals"),
        ({"needs": [{"day": 0}]}, "no record of arrivals"),
        ({"needs": None}, "no record of arrivals"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_with_what_is_wrong(changes, says):
    with pytest.raises(InstanceUnfit, match=says):
        recorded(orjson.dumps({**RECORD, **changes}))


def test_a_file_that_is_no_json_is_refused():
    with pytest.raises(InstanceUnfit, match="no record"):
        recorded(b"day,worth")


def permitted(made: Instance, repair: Repair):
    served = repair.assigned != NOBODY
    taken = np.bincount(repair.assigned[served], minlength=len(made.resources))
    assert (taken <= made.resources.capacity).all()
    assert (repair.left == made.resources.capacity - taken).all()
    assert all(made.pairs.find(int(need), int(repair.assigned[need])) is not None for need in np.flatnonzero(served))
    assert all(repair.assigned[need] != resource for need, resource in repair.refused)


@pytest.mark.parametrize("seed", range(60))
def test_after_any_number_of_declines_what_stands_is_permitted_and_loses_no_more_than_a_unit_each(seed):
    made = drawn(seed, floors=False)
    repair = Repair(made, solve(made))
    chance = np.random.default_rng(seed)
    for _ in range(8):
        served = np.flatnonzero(repair.assigned != NOBODY)
        if not len(served):
            break
        repair.decline(int(chance.choice(served)))
        permitted(made, repair)


def test_a_declined_unit_goes_to_who_adds_most_by_it_and_is_not_proposed_to_who_declined():
    pairs = Pairs(np.array([0, 1, 2, 3]), np.zeros(3, np.int32), np.array([5, 900, 100], np.int32))
    made = instance(np.array([8000, 1000, 1000]), pairs, np.array([1], np.int32))
    repair = Repair(made, solve(made))
    assert repair.assigned.tolist() == [0, NOBODY, NOBODY]
    assert repair.decline(0) == [(1, 0)]
    assert repair.place(0) == []
    with pytest.raises(ValueError, match="nothing to decline"):
        repair.decline(0)


@pytest.mark.parametrize("seed", range(20))
def test_without_declines_nothing_is_left_to_repair_after_an_optimum(seed):
    made = drawn(seed, floors=False)
    assigned = solve(made)
    repair = Repair(made, assigned)
    given = [repair.give(resource) for resource in range(len(made.resources))]
    worth = made.weighing.points[made.needs.urgency]
    # What an optimum leaves free is worth nothing to anybody.
    assert all(worth[need] + made.pairs.value[made.pairs.find(need, at)] == 0 for some in given for need, at in some)
    assert prove(made, assigned).gap == 0


def test_a_shock_is_in_the_season_and_not_in_its_past():
    usual, _ = with_past(7, Kind.USUAL, resources=10, units=8)
    season, past = with_past(7, Kind.SHOCK, resources=10, units=8)
    a_day = len(usual.day) / usual.days
    middle = season.days // 2
    within = (season.day >= middle) & (season.day < middle + SHOCK_DAYS)
    assert len(season.day) - within.sum() == (~((usual.day >= middle) & (usual.day < middle + SHOCK_DAYS))).sum()
    assert 2.5 < within.sum() / SHOCK_DAYS / a_day < 3.5
    assert (season.worth[within] >= 4000).mean() > 0.4 > (season.worth[~within] >= 4000).mean() + 0.1
    assert past.worth.tolist() == with_past(7, Kind.USUAL, resources=10, units=8)[1].worth.tolist()


def test_where_all_are_equally_urgent_so_was_the_past_and_the_rest_is_as_usual():
    usual, _ = with_past(7, Kind.USUAL, resources=10, units=8)
    for season in with_past(7, Kind.EQUAL, resources=10, units=8):
        assert set(season.worth.tolist()) == {2000}
    season, _ = with_past(7, Kind.EQUAL, resources=10, units=8)
    assert season.day.tolist() == usual.day.tolist()
    assert season.pairs.value.tolist() == usual.pairs.value.tolist()
