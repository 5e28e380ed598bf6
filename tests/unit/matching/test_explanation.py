import re
from dataclasses import astuple, replace
from itertools import product

import numpy as np

from drawing_needs import drawn
from hub.domain.codes import MatchReason
from hub.matching import NOBODY, Because, RunRefused, Verdict, explain, in_words, prove, solve
from hub.matching.explanation import Explanation, who_would_move

FIT = {Because.PROPOSED, Because.FITS_LESS, Because.SCARCE, Because.NONE_LEFT}


def named(letter):
    return lambda number: f"{letter}{number}"


def said(explanation):
    return in_words(explanation, named("R"), named("N"))


def every_pair(seed):
    instance = drawn(seed)
    assigned = solve(instance)
    prices = prove(instance, assigned).prices
    for need, resource in product(range(len(instance.needs)), range(len(instance.resources))):
        yield instance, assigned, prices, need, resource


def test_every_pair_has_an_explanation_and_words_for_it():
    seen = set()
    for seed in range(20):
        for each in every_pair(seed):
            instance, assigned, _, need, resource = each
            told = explain(*each)
            seen.add(told.because)
            eligible = instance.pairs.find(need, resource) is not None
            assert (told.because in FIT) == eligible
            assert (told.because is Because.PROPOSED) == (assigned[need] == resource)
            for sentence in astuple(said(told)):
                assert len(sentence) > 5
                assert "None" not in sentence
    assert seen == FIT | {Because.NOT_ELIGIBLE, Because.OTHER_KIND}


def test_what_fits_less_adds_nothing_to_what_the_need_gets():
    for seed in range(20):
        for each in every_pair(seed):
            told = explain(*each)
            if told.because is Because.FITS_LESS:
                assert told.gain <= 0
                assert told.gets is None or told.value <= told.gets_value


def test_what_is_scarce_is_worth_to_others_at_least_what_it_would_add():
    for seed in range(20):
        for each in every_pair(seed):
            told = explain(*each)
            if told.because is Because.SCARCE:
                assert 0 < told.gain <= told.price[0] <= told.price[1]


def without_a_unit(instance, assigned, resource, moves):
    """The assignment after these moves, and what it adds up to."""
    after = assigned.copy()
    for move in moves:
        assert after[move.need] == (NOBODY if move.leaves is None else move.leaves)
        after[move.need] = NOBODY if move.goes is None else move.goes
    capacity = instance.resources.capacity.copy()
    capacity[resource] -= 1
    left = replace(instance, resources=replace(instance.resources, capacity=capacity))
    return prove(left, after).value


def test_who_would_move_is_what_the_optimum_with_one_unit_less_would_do():
    longest = 0
    for seed in range(40):
        instance = drawn(seed)
        assigned = solve(instance)
        proof = prove(instance, assigned)
        taken = np.bincount(assigned[assigned != NOBODY], minlength=len(instance.resources))
        for resource in np.flatnonzero((taken == instance.resources.capacity) & (taken > 0)).tolist():
            moves = who_would_move(instance, assigned, proof.prices, resource)
            assert proof.value - without_a_unit(instance, assigned, resource, moves) == proof.prices.highest[resource]
            longest = max(longest, len(moves))
    assert longest > 2


def test_prices_of_another_assignment_are_refused():
    refusals = 0
    for seed in range(10):
        for instance, assigned, prices, _, resource in every_pair(seed):
            bent = replace(prices, highest=prices.highest + 1)
            if prices.mover[resource] == NOBODY:
                continue
            try:
                who_would_move(instance, assigned, replace(bent, sweep=np.zeros_like(prices.sweep)), resource)
            except RunRefused:
                refusals += 1
    assert refusals


def not_eligible():
    instance, assigned, prices, need, resource = next(
        each for seed in range(20) for each in every_pair(seed) if explain(*each).because is Because.NOT_ELIGIBLE
    )
    return instance, assigned, prices, need, resource


def test_which_criterion_failed_or_is_not_known_is_named():
    pair = not_eligible()
    failed = explain(*pair, verdict=Verdict(failed=("年龄 ≥ 60 岁",), unknown=("收入",)))
    unknown = explain(*pair, verdict=Verdict(unknown=("残疾等级", "收入")))

    assert (failed.because, failed.criteria) == (Because.CRITERION_FAILED, ("年龄 ≥ 60 岁",))
    assert (unknown.because, unknown.criteria) == (Because.CRITERION_UNKNOWN, ("残疾等级", "收入"))
    assert "年龄 ≥ 60 岁" in said(failed).zh
    assert "残疾等级、收入" in said(unknown).zh
    assert "decided anew" in said(unknown).en


def test_a_need_outside_the_area_is_told_so_before_any_criterion():
    instance, *rest = not_eligible()
    elsewhere = replace(instance, needs=replace(instance.needs, area=instance.needs.area + 10**9 * 98))

    assert explain(elsewhere, *rest, verdict=Verdict(failed=("x",))).because is Because.OUTSIDE_AREA


def test_what_is_held_for_later_says_what_it_is_expected_to_be_worth():
    """A unit that nobody waiting wants more: only what is expected keeps it."""
    instance, assigned, prices, need, resource = next(
        each
        for seed in range(40)
        for each in every_pair(seed)
        if explain(*each).because is Because.PROPOSED and each[2].lowest[each[4]] == 0 and explain(*each).value > 0
    )
    waits = assigned.copy()
    waits[need] = NOBODY
    told = explain(instance, waits, prices, need, resource, expected=5000)

    assert told.because is Because.HELD_FOR_LATER
    assert told.expected == 5000
    assert "5000" in said(told).zh
    assert "5000" in said(told).en


def test_every_step_of_a_chain_is_told_in_words():
    longest = max((explain(*each) for seed in range(40) for each in every_pair(seed)), key=lambda told: len(told.moves))
    sentence = said(longest)

    assert len(longest.moves) > 2
    for move in longest.moves:
        assert f"N{move.need} " in sentence.zh
        assert f"N{move.need} would" in sentence.en
    assert f"{longest.price[0]} to {longest.price[1]}" in sentence.en or longest.price[0] == longest.price[1]


def test_a_price_that_is_one_number_is_told_as_one():
    told = in_words(Explanation(Because.SCARCE, value=800, gain=2800, price=(4800, 4800)), str, str)

    assert "值 4800 分" in told.zh
    assert "worth 4800 points" in told.en


def test_every_reason_has_a_code_that_partners_read():
    assert {each.name for each in Because} == {each.name for each in MatchReason}


def test_what_was_tried_before_is_said():
    told = Verdict(tried=True).explanation
    assert told.because is Because.TRIED_BEFORE
    assert Verdict(failed=("年龄",), tried=True).explanation.because is Because.CRITERION_FAILED
    assert "before" in said(told).en


def test_whoever_may_not_know_other_needs_is_told_of_another_need():
    pair = next(
        each for seed in range(20) for each in every_pair(seed)
        if explain(*each).because is Because.SCARCE and explain(*each).moves
    )  # fmt: skip
    words = in_words(explain(*pair), named("R"), None)
    assert "another need" in words.en
    assert "另一需求" in words.zh
    assert re.search(r"N\d", words.zh + words.en) is None
