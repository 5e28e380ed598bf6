import pkgutil
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import hub.matching
from drawing_needs import drawn
from hub.matching import NOBODY, InstanceUnfit, MatchingNotInstalled, Pairs, load_parameters, prove, solve, weighing
from solving_otherwise import by_highs, by_units

SHIPPED = Path(__file__).parents[3] / "schema" / "matching" / "parameters.yaml"


def helped(instance, assigned):
    """How many of each class are helped, most urgent first."""
    classes = len(instance.weighing.points)
    return tuple(np.bincount(instance.needs.urgency[assigned != NOBODY], minlength=classes)[::-1].tolist())


@pytest.mark.parametrize("seed", range(0, 160, 20))
def test_a_night_with_floors_is_worth_what_another_solver_finds(seed):
    for each in range(seed, seed + 20):
        instance = drawn(each)
        assert prove(instance, solve(instance)).value == by_highs(instance), each


@pytest.mark.parametrize("seed", range(1000, 1100, 20))
def test_a_night_is_worth_what_an_assignment_of_single_units_finds(seed):
    for each in range(seed, seed + 20):
        instance = drawn(each, floors=False)
        assert prove(instance, solve(instance)).value == by_units(instance), each


def test_the_strict_order_helps_as_many_of_the_most_urgent_as_can_be_then_of_the_next():
    parameters = load_parameters(SHIPPED)
    strict = parameters.model_copy(
        update={
            "urgency": parameters.urgency.model_copy(update={"strict": True}),
            "floor": parameters.floor.model_copy(update={"share": 0.6}),
        }
    )
    differ = 0
    for seed in range(40):
        instance = drawn(seed)
        weighed = weighing(strict, instance.needs, instance.resources, instance.townships)
        strictly = replace(instance, weighing=weighed)
        # With a digit of its own for each class, and no floor or fit, the sum is the order itself.
        digits = np.array([100**each for each in range(4)])
        ordered = replace(
            instance,
            pairs=Pairs(instance.pairs.start, instance.pairs.resource, np.zeros_like(instance.pairs.value)),
            weighing=replace(weighed, points=digits, floor=np.zeros_like(weighed.floor), below=0),
        )
        most = by_units(ordered)
        counts = helped(strictly, solve(strictly))
        assert sum(count * digit for count, digit in zip(counts[::-1], digits.tolist(), strict=True)) == most, seed
        differ += counts != helped(instance, solve(instance))
    assert differ, "points alone would have done"


def test_the_points_of_a_strict_order_rise_evenly_and_not_by_powers():
    parameters = load_parameters(SHIPPED)
    strict = parameters.model_copy(update={"urgency": parameters.urgency.model_copy(update={"strict": True})})
    instance = drawn(3)
    points = weighing(strict, instance.needs, instance.resources, instance.townships).points

    assert set(np.diff(points).tolist()) == {points[0]}
    assert points[0] > 1000 * min(len(instance.needs), len(instance.resources)) + strict.floor.points


def test_a_floor_that_cannot_be_reached_does_not_stop_the_night():
    instance = drawn(7)
    open_needs = np.bincount(instance.needs.township, minlength=instance.townships).astype(np.int32)
    all_of_them = replace(instance, weighing=replace(instance.weighing, floor=open_needs, below=900))

    assigned = solve(all_of_them)

    assert (assigned == NOBODY).any()
    assert prove(all_of_them, assigned).value == by_highs(all_of_them)


def test_a_floor_helps_the_township_that_would_have_got_less():
    """Two townships want the same two units; the first one's needs fit better."""
    one = drawn(1, floors=False)
    need = np.array([0, 0, 1, 1], np.int32)
    instance = replace(
        one,
        needs=replace(
            one.needs,
            kind=np.zeros(4, np.int32),
            area=np.zeros(4, np.int64),
            urgency=np.zeros(4, np.int32),
            township=need,
        ),
        resources=replace(
            one.resources, kind=np.zeros(1, np.int32), area=np.zeros(1, np.int64), capacity=np.array([2], np.int32)
        ),
        pairs=Pairs(np.arange(5), np.zeros(4, np.int32), np.array([800, 700, 300, 200], np.int32)),
        weighing=replace(one.weighing, floor=np.zeros(2, np.int32)),
    )
    floors = replace(instance, weighing=replace(instance.weighing, floor=np.ones(2, np.int32), below=500))
    dear = replace(instance, weighing=replace(instance.weighing, floor=np.ones(2, np.int32), below=300))

    assert (solve(instance) != NOBODY).tolist() == [True, True, False, False]
    assert (solve(floors) != NOBODY).tolist() == [True, False, True, False]
    assert (solve(dear) != NOBODY).tolist() == [True, True, False, False], "it costs 400, and a floor is worth 300"


def test_nothing_at_all_is_a_night_too():
    empty = drawn(1)
    nobody = replace(
        empty,
        pairs=Pairs(np.zeros(len(empty.needs) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.int32)),
    )

    assert set(solve(nobody).tolist()) == {NOBODY}
    assert prove(nobody, solve(nobody)).gap == 0


def bent(instance, part, **changes):
    return replace(instance, **{part: replace(getattr(instance, part), **changes)})


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda i: bent(i, "resources", capacity=i.resources.capacity - 100), "capacity"),
        (lambda i: bent(i, "needs", urgency=i.needs.urgency + 9), "class"),
        (lambda i: bent(i, "needs", urgency=i.needs.urgency[1:]), "equally long"),
        (lambda i: bent(i, "needs", township=i.needs.township + 9), "township"),
        (lambda i: bent(i, "pairs", value=i.pairs.value + 1001), "value"),
        (lambda i: bent(i, "pairs", resource=i.pairs.resource + 9), "names a resource"),
        (lambda i: bent(i, "pairs", resource=np.zeros_like(i.pairs.resource)), "twice"),
        (lambda i: bent(i, "pairs", start=i.pairs.start[:-1]), "by need"),
        (lambda i: bent(i, "pairs", value=i.pairs.value.astype(float)), "whole numbers"),
        (lambda i: bent(i, "weighing", floor=i.weighing.floor + 99), "floor"),
        (lambda i: bent(i, "weighing", points=i.weighing.points + 2**29), "too large"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused_with_what_is_wrong(change, word):
    with pytest.raises(InstanceUnfit, match=word):
        change(drawn(5))


def test_each_pair_of_a_need_is_found_and_no_other():
    instance = drawn(11)
    pairs = instance.pairs
    there = set(zip(pairs.need().tolist(), pairs.resource.tolist(), strict=True))

    for need, resource in product(range(len(instance.needs)), range(len(instance.resources))):
        row = pairs.find(need, resource)
        assert (row is not None) == ((need, resource) in there)
        assert row is None or (pairs.need()[row], pairs.resource[row]) == (need, resource)


def test_pairs_of_chosen_needs_come_in_their_order():
    pairs = drawn(11).pairs
    taken = pairs.take(np.array([3, 0, 3]))

    for at, need in enumerate([3, 0, 3]):
        assert taken.resource[taken.of(at)].tolist() == pairs.resource[pairs.of(need)].tolist()
        assert taken.value[taken.of(at)].tolist() == pairs.value[pairs.of(need)].tolist()


def test_without_the_solver_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools.graph.python.min_cost_flow", None)

    with pytest.raises(MatchingNotInstalled, match=r"ortools.*pip install 'assistance-hub\[matching\]'"):
        solve(drawn(1))


def test_without_numpy_the_package_is_there_and_what_needs_it_says_what_to_install():
    program = """
import sys
sys.modules["numpy"] = None
import hub.matching, hub.derived
try:
    hub.matching.solve
except hub.matching.MatchingNotInstalled as missing:
    print(missing.message)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert "numpy" in said
    assert "pip install 'assistance-hub[matching]'" in said


def test_no_name_of_the_package_is_the_name_of_one_of_its_modules():
    """A module that is imported would take the name's place."""
    modules = {each.name for each in pkgutil.iter_modules(hub.matching.__path__)}

    assert modules & set(hub.matching.__all__) == set()
    assert all(getattr(hub.matching, name) is not None for name in hub.matching.__all__)
