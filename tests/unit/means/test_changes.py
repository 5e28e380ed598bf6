"""What a version of a report says otherwise than the one before, on the page too; and what an older format stays."""

from __future__ import annotations

import orjson

from hub.means.changes import before_of
from hub.means.composing import canonical, compose
from hub.means.printed import page, read_content
from reporting import CODE, RULES, inputs

FIRST = inputs(people={"1": "a", "2": "b", "3": "c"})


def second(people="abc", first=FIRST, **changes):
    given = inputs(version=2, **changes)
    content, _ = compose(first, RULES)
    now = {each["key"]: person for each, person in zip(given["members"], people, strict=True)}
    given["before"] = before_of(first, content, given["members"], now)
    return compose(given, RULES)[0]


def fact(key, **changes):
    return {**FIRST["facts"][0], "key": key, **changes}


def test_who_answered_since_and_what_is_new_and_gone_is_said():
    asked = [{**each, "state": "EMPTY"} if each["department"] == "BANKS" else each for each in FIRST["asked"]]
    found = second(asked=asked, facts=[*FIRST["facts"][1:], fact("F5", item="deposit", amount="5.00")])["changes"]
    assert [(each["department"], each["person"]) for each in found["answered"]] == [
        ("BANKS", "1"), ("BANKS", "2"), ("BANKS", "3"),
    ]  # fmt: skip
    assert found["new"] == ["F5"]
    assert [(each["item"], each["amount"]) for each in found["gone"]] == [("wage", "2650.50")]
    assert (found["outcome_before"], found["follows"]) == ("UNDECIDED", True)


def test_a_finding_that_only_has_another_number_is_neither_new_nor_gone():
    facts = [{**each, "key": f"F{10 - place}"} for place, each in enumerate(FIRST["facts"])]
    found = second(facts=facts[::-1])["changes"]
    assert (found["new"], found["gone"], found["follows"]) == ([], [], False)


def test_of_two_alike_one_that_is_new_is_new():
    found = second(facts=[*FIRST["facts"], fact("F9")])["changes"]
    assert (found["new"], found["gone"]) == (["F9"], [])


def test_a_member_who_left_is_named_and_the_others_keep_what_is_theirs():
    members = [{**each, "key": str(place)} for place, each in enumerate(FIRST["members"][1:], 1)]
    shift = {"2": "1", "3": "2"}
    asked = [{**each, "person": shift[each["person"]]} for each in FIRST["asked"] if each["person"] in shift]
    facts = [{**each, "person": shift[each["person"]]} for each in FIRST["facts"] if each["person"] in shift]
    found = second("bc", members=members, asked=asked, facts=facts)["changes"]
    assert found["left"] == [FIRST["members"][0]["name"]]
    assert (found["new"], found["joined"], found["answered"], found["unanswered"]) == ([], [], [], [])
    assert [each["item"] for each in found["gone"]] == ["wage"]


def test_what_is_set_aside_since_is_said_and_is_not_gone():
    facts = [{**each, "aside": each["key"] == "F3"} for each in FIRST["facts"]]
    found = second(facts=facts)["changes"]
    assert (found["set_aside"], found["gone"]) == (["F3"], [])


def test_it_stands_on_the_page_and_a_first_version_has_no_word_of_it():
    shown = page(read_content(canonical(second(facts=FIRST["facts"][1:])).encode()), CODE)
    assert "与第 1 版（2026-11-27）相比" in shown
    assert "不再报送的记录" in shown
    assert "相比" not in page(compose(FIRST, RULES)[0], CODE)


def test_after_a_version_of_the_first_format_members_are_known_by_name_and_number():
    first = inputs(format=1)
    members = [{**each, "key": str(place)} for place, each in enumerate(first["members"][::-1], 1)]
    turn = {"1": "3", "2": "2", "3": "1"}
    facts = [{**each, "person": turn[each["person"]]} for each in first["facts"]]
    found = second(first=first, members=members, facts=facts)["changes"]
    assert (found["new"], found["gone"], found["left"]) == ([], [], [])
    alike = [{**each, "name": "张三"} for each in first["members"]]
    found = second(first=inputs(format=1, members=alike), members=alike)["changes"]
    assert (found["new"], found["gone"], found["joined"], found["left"]) == ([], [], [], [])


def test_a_report_of_the_first_format_is_composed_as_it_was():
    given = inputs(format=1)
    content, _ = compose(given, RULES)
    assert content["format"] == 1
    assert content.keys().isdisjoint({"changes"})
    assert orjson.loads(canonical(content)) == content
