import numpy as np

from hub.matching import Needs, Resources, eligible_pairs
from hub.matching.candidates import area_ends

VILLAGES = [230502001001, 230502001002, 230502002001, 230503001001, 230603001001]


def test_a_division_ends_before_the_next_one_of_its_level():
    codes = np.array([230000000000, 230500000000, 230502000000, 230502001000, 230502001001])

    assert area_ends(codes).tolist() == [240000000000, 230600000000, 230503000000, 230502002000, 230502001002]


def test_all_pairs_of_a_kind_within_the_division_that_fit_are_found_and_no_others():
    chance = np.random.default_rng(1)
    needs = Needs(
        chance.integers(0, 3, 200, dtype=np.int32),
        chance.choice(VILLAGES, 200),
        np.zeros(200, np.int32),
        np.zeros(200, np.int32),
    )
    areas = [230000000000, 230500000000, 230502000000, 230502001000, 230502001001, 230699000000]
    resources = Resources(chance.integers(0, 4, 30, dtype=np.int32), chance.choice(areas, 30), np.ones(30, np.int32))

    def fits(near, resource):
        assert (np.diff(near) > 0).all()
        return (near + resource) % 3 > 0, (near * 7 + resource) % 1000

    pairs = eligible_pairs(needs, resources, fits)

    found = list(zip(pairs.need().tolist(), pairs.resource.tolist(), pairs.value.tolist(), strict=True))
    expected = []
    for need in range(200):
        for resource in range(30):
            area = str(resources.area[resource]).rstrip("0")
            area += "0" * next(n - len(area) for n in (2, 4, 6, 9, 12) if n >= len(area))
            within = str(needs.area[need]).startswith(area)
            if within and needs.kind[need] == resources.kind[resource] and (need + resource) % 3:
                expected.append((need, resource, (need * 7 + resource) % 1000))
    assert found == expected
    assert len(found) > 100
    assert len(pairs.start) == 201
