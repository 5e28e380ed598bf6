"""From statistics to outcomes: what is withheld stays so, and what is not listed is none."""

from __future__ import annotations

from hub.matching.outcomes import Outcome, Township, outcomes

A, B, C = "230502001", "230502002", "230502003"


def townships(**told):
    """By township: registered and helped; a helped that is not listed has no row."""
    return {
        "registered": {"groups": [
            {"regionCounty": "230502", "regionTownship": code[1:], "count": registered}
            for code, (registered, _) in told.items()
        ]},
        "helped": {"groups": [
            {"townshipCounty": "230502", "townshipTownship": code[1:], "count": helped}
            for code, (_, helped) in told.items() if helped != 0
        ]},
    }  # fmt: skip


def worst(**told):
    return outcomes({"Townships": townships(**told)})["230502"].every.worst


def test_the_worst_township_has_the_smallest_share_of_needs_helped():
    assert worst(_230502001=(20, 10), _230502002=(20, 6), _230502003=(10, 9)) == Township(B, 20, 6)
    assert worst(_230502001=(20, 10), _230502002=(20, 0)) == Township(B, 20, 0)
    assert worst(_230502002=(20, 10), _230502001=(10, 5)).code == A


def test_a_township_of_which_either_number_is_withheld_is_not_named():
    assert worst(_230502001=(20, None), _230502002=(None, 6), _230502003=(10, 9)) == Township(C, 10, 9)
    assert outcomes({"Townships": townships(_230502001=(20, None))}) == {}


def test_needs_that_are_registered_for_a_county_are_no_townships():
    assert outcomes({"Townships": townships(_230502=(20, 0))}) == {}


def test_proposals_that_outlive_their_needs_make_no_share_above_all():
    assert Township(A, 5, 7).share == 1.0


def test_what_is_withheld_is_none_and_what_is_not_listed_is_nothing():
    group = {"townshipCounty": "230502", "kind": "FOOD"}
    answer = {
        "open": {"groups": [{"regionCounty": "230502", "kind": "FOOD", "count": None}]},
        "delivered": {"groups": [{**group, "count": 6, "average": {"daysWaited": 9.5}}]},
    }
    ended = {"unmet": {"groups": [{**group, "unmetReason": "NOT_REACHED", "count": None}]}}
    found = outcomes({"HelpedByKind": answer, "EndedByKind": ended})["230502"].kinds["FOOD"]
    assert found == Outcome(open=None, placed=0, delivered=6, confirmed=0, unmet={"NOT_REACHED": None}, days=9.5)


def test_where_nothing_may_be_counted_there_is_no_outcome():
    assert outcomes({"Counties": {"open": None, "placed": None}}) == {}
