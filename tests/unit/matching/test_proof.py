from dataclasses import fields, replace

import numpy as np
import pytest

from drawing_needs import drawn
from hub.matching import NOBODY, Prices, RunRefused, prove, solve, verify

SEEDS = range(60)


def with_capacity(instance, resource, more):
    capacity = instance.resources.capacity.copy()
    capacity[resource] += more
    return replace(instance, resources=replace(instance.resources, capacity=capacity))


def value(instance):
    return prove(instance, solve(instance)).value


def test_every_proof_has_no_gap_and_is_verified():
    for seed in SEEDS:
        instance = drawn(seed)
        assigned = solve(instance)
        proof = prove(instance, assigned)
        assert proof.gap == 0
        verify(instance, assigned, proof)


def test_the_lowest_price_is_what_one_unit_more_adds_and_the_highest_what_one_less_takes():
    checked = 0
    for seed in range(25):
        instance = drawn(seed)
        proof = prove(instance, solve(instance))
        for resource, left in enumerate(instance.resources.capacity.tolist()):
            more = value(with_capacity(instance, resource, 1)) - proof.value
            assert proof.prices.lowest[resource] == more, (seed, resource)
            if left:
                less = proof.value - value(with_capacity(instance, resource, -1))
                assert proof.prices.highest[resource] == less, (seed, resource)
                checked += more != less
    assert checked > 20, "prices are intervals"


def test_who_would_move_leads_through_moves_that_cost_the_price_to_where_there_is_room():
    longest = 0
    for seed in SEEDS:
        instance = drawn(seed)
        assigned = solve(instance)
        prices = prove(instance, assigned).prices
        assert (prices.sweep > 0).tolist() == (prices.mover != NOBODY).tolist()
        for node in np.flatnonzero(prices.mover != NOBODY):
            need = prices.mover[node]
            home = len(instance.resources) + instance.needs.township[need]
            assert node == (assigned[need] if assigned[need] != NOBODY else home)
        longest = max(longest, int(prices.sweep.max()))
    assert longest > 2, "some chains are long"


def run(seed=4):
    instance = drawn(seed)
    assigned = solve(instance)
    return instance, assigned, prove(instance, assigned)


def refused(instance, assigned, proof, word):
    with pytest.raises(RunRefused, match=word):
        verify(instance, assigned, proof)


def first(condition):
    return int(np.flatnonzero(condition)[0])


def changed(array, at, by):
    copy = array.copy()
    copy[at] += by
    return copy


def any_column_of_it_can_change(instance):
    """Whether what comes of changing a number by one is still an instance."""
    floor, may_lack = instance.weighing.floor, instance.may_lack
    return bool(instance.townships > 1 and (floor > 0).all() and (may_lack > 0).all() and len(instance.pairs))


def test_a_pair_that_is_not_eligible_is_refused():
    instance, assigned, proof = run()
    need = first(np.diff(instance.pairs.start) < len(instance.resources))
    missing = first([instance.pairs.find(need, each) is None for each in range(len(instance.resources))])
    other = assigned.copy()
    other[need] = missing

    refused(instance, other, proof, "not eligible")


def test_more_than_there_is_is_refused():
    instance, assigned, proof = run()
    taken = np.bincount(assigned[assigned != NOBODY], minlength=len(instance.resources))
    full = first(
        (taken == instance.resources.capacity)
        & [
            any(instance.pairs.find(need, each) is not None for need in np.flatnonzero(assigned != each))
            for each in range(len(instance.resources))
        ]
    )
    need = first([assigned[n] != full and instance.pairs.find(n, full) is not None for n in range(len(assigned))])
    other = assigned.copy()
    other[need] = full

    refused(instance, other, proof, "more of a resource than there is")


def test_a_worse_assignment_is_refused_by_the_proof_of_the_best_and_has_none_itself():
    instance, assigned, proof = run()
    worse = assigned.copy()
    worse[first(assigned != NOBODY)] = NOBODY

    refused(instance, worse, proof, "adds up to")
    with pytest.raises(RunRefused, match="not optimal"):
        prove(instance, worse)


def test_every_single_change_for_the_worse_has_no_proof():
    refusals = 0
    for seed in range(15):
        instance = drawn(seed)
        assigned = solve(instance)
        best = prove(instance, assigned).value
        for need in range(len(assigned)):
            for to in (NOBODY, *instance.pairs.resource[instance.pairs.of(need)]):
                other = assigned.copy()
                other[need] = to
                try:
                    assert prove(instance, other).value == best
                except RunRefused:
                    refusals += 1
    assert refusals > 100


def test_a_value_or_a_bound_that_is_said_to_be_better_is_refused():
    instance, assigned, proof = run()

    refused(instance, assigned, replace(proof, value=proof.value + 1), "its proof says")
    refused(instance, assigned, replace(proof, bound=proof.bound + 1), "could be reached")
    refused(instance, assigned, replace(proof, bound=proof.bound - 1), "could be reached")


@pytest.mark.parametrize("which", ["lowest", "highest"])
def test_each_wrong_price_is_refused(which):
    instance, assigned, proof = run()
    prices = getattr(proof.prices, which)
    for node, by in [(node, by) for node in range(len(prices)) for by in (-1, 1, -(2**20), 2**20)]:
        other = replace(proof, prices=replace(proof.prices, **{which: changed(prices, node, by)}))
        refused(instance, assigned, other, "price")


def test_prices_between_lowest_and_highest_prove_and_are_still_refused():
    instance, assigned, proof = next(
        each for each in map(run, SEEDS) if (each[2].prices.highest > each[2].prices.lowest).any()
    )
    other = replace(proof, prices=replace(proof.prices, lowest=proof.prices.highest))

    refused(instance, assigned, other, "their lowest is not what follows")


def test_who_would_move_cannot_be_bent_either():
    instance, assigned, proof = run()
    other = replace(proof, prices=replace(proof.prices, mover=proof.prices.mover[::-1].copy()))

    refused(instance, assigned, other, "their mover is not what follows")


def test_prices_of_another_shape_are_refused():
    instance, assigned, proof = run()
    short = Prices(*(getattr(proof.prices, each.name)[1:] for each in fields(Prices)))

    refused(instance, assigned, replace(proof, prices=short), "not one price")
    refused(instance, assigned[1:], proof, "another input")


@pytest.mark.parametrize(
    ("part", "column"),
    [
        ("needs", "kind"), ("needs", "area"), ("needs", "urgency"), ("needs", "township"),
        ("resources", "kind"), ("resources", "area"), ("resources", "capacity"), ("pairs", "value"),
        ("weighing", "points"), ("weighing", "floor"),
    ],
)  # fmt: skip
def test_any_other_input_is_refused(part, column):
    instance, assigned, proof = run(next(each for each in SEEDS if any_column_of_it_can_change(drawn(each))))
    arrays = getattr(instance, part)
    array = getattr(arrays, column)
    other = replace(instance, **{part: replace(arrays, **{column: changed(array, 0, 1 if array[0] == 0 else -1)})})

    refused(other, assigned, proof, "another input")


def test_another_price_of_floors_is_another_input():
    instance, assigned, proof = run()
    other = replace(instance, weighing=replace(instance.weighing, below=instance.weighing.below + 1))

    refused(other, assigned, proof, "another input")
