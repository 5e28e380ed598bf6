"""Processes that cannot work stop the start, and say everything that is wrong with them."""

import itertools

import pytest

from hub.catalog import (
    AT_ONCE,
    CLOCK,
    HUB,
    Date,
    DeclarationError,
    Escalate,
    OnDays,
    ProcessError,
    Sensitivity,
    Share,
    StateList,
    Take,
    Text,
    build,
    clock,
    days,
    entity,
    field,
    party,
    step,
    working_days,
)
from hub.catalog.declare import DECLARED
from hub.catalog.process_entities import clocks_name, history_name
from hub.policy import STEP
from hub.policy.decide import possible


class PermitState(StateList):
    ASKED = "已申请", "Asked"
    GRANTED = "已批准", "Granted"
    REFUSED = "未批准", "Refused"
    OVER = "已终止", "Over"


S = PermitState


def text(**said):
    return field(Text, Sensitivity.INTERNAL, zh="项", en="Item", **said)


def members():
    return {
        "asker": text(policy=True, nullable=False),
        "reasons": text(),
        "ends_on": field(Date, Sensitivity.INTERNAL, zh="止", en="Last day"),
        "asks": party(partner="asker", zh="方", en="a party"),
        "decides": party(role="officer", zh="方", en="a party"),
        "ask": step(None >> S.ASKED, by="asks", takes=("ends_on",), zh="申请", en="Ask", article="AL 29"),
        "grant": step(S.ASKED >> S.GRANTED, by="decides", zh="批准", en="Grant", article="AL 34", tells=("asks",)),
        "refuse": step(
            S.ASKED >> S.REFUSED, by="decides", takes=("reasons",), zh="不批准", en="Refuse", article="AL 38"
        ),
        "more_time": step(
            S.ASKED >> S.ASKED, by="decides", extends="deciding", zh="延长", en="Extend", article="AL 42"
        ),
        "expire": step(S.GRANTED >> S.OVER, by=CLOCK, zh="到期", en="Expire", article="AL 50"),
        "deciding": clock(
            S.ASKED, working_days(20), extension=working_days(10), remind=working_days(2), reminds="decides",
            late=Escalate("decides"), zh="审查期限", en="Time to decide", article="AL 42",
        ),
        "validity": clock(S.GRANTED, "ends_on", late=Take("expire"), zh="有效期", en="Validity", article="AL 50"),
    }  # fmt: skip


numbers = itertools.count()


def declared(changes=None, *, final=(S.REFUSED, S.OVER)):
    name = f"Permit{next(numbers)}"
    body = {key: value for key, value in (members() | (changes or {})).items() if value is not None}
    return entity(
        zh="许可", en="A permit", provider="测试", frequency=AT_ONCE, share=Share.CONDITIONAL, conditions="-",
        sourced=False, states=S, final=final,
    )(type(name, (), body))  # fmt: skip


@pytest.fixture(autouse=True)
def _forget_what_tests_declare():
    before = list(DECLARED)
    yield
    DECLARED[:] = before


def test_a_process_adds_state_version_history_and_clocks():
    already = len(DECLARED)
    made = declared()
    assert {"state", "version", "state_since"} <= made.fields.keys()
    assert {"history", "clocks"} <= made.many.keys()
    catalogue = build(DECLARED[already:])
    for part in (history_name(made.name), clocks_name(made.name)):
        assert catalogue[part].part_of == "row"
        assert catalogue[part].links["row"].target == made.name
    assert [step.name for step in made.process.leading_from(S.ASKED)] == ["grant", "refuse", "more_time"]


def test_steps_of_the_hub_itself_begin_and_lead_on_and_are_nobody_s():
    made = declared({
        "find": step(None >> S.GRANTED, by=HUB, zh="发现", en="Find one", article="†"),
        "lose": step(S.GRANTED >> S.OVER, by=HUB, takes=("reasons",), zh="丢失", en="Lose it", article="†"),
    })  # fmt: skip
    steps = made.process.steps
    assert [name for name, each in steps.items() if each.automatic] == ["expire", "find", "lose"]
    assert made.process.taker(steps["find"]) == ("枢纽", "the hub")
    assert made.process.taker(steps["expire"]) == ("期限", "the clock")
    assert not possible(STEP, made, "find")


@pytest.mark.parametrize("said", [{"nullable": True}, {"sort": True}, {"aggregate": True}])
def test_what_holds_on_certain_days_has_a_value_always_and_no_order(said):
    wrong = field(OnDays, Sensitivity.INTERNAL, **({"nullable": False, "zh": "项", "en": "Item"} | said))
    with pytest.raises(DeclarationError, match="holds on certain days"):
        declared({"held": wrong})


WRONG = {
    "a state that nobody reaches": ({"grant": None, "expire": None, "validity": None}, "GRANTED is never reached"),
    "a state that nobody leaves": ({"expire": None, "validity": None}, "GRANTED is never left"),
    "a clock that nothing acts on": (
        {"deciding": clock(S.ASKED, days(3), late=(), zh="期", en="T", article="†"), "more_time": None},
        "Clock deciding runs out and nothing happens",
    ),
    "a step that nobody may take": (
        {"grant": step(S.ASKED >> S.GRANTED, by="nobody", zh="批", en="G", article="AL 34")},
        "Step grant is taken by nobody, which is no declared party",
    ),
    "a step that waits for no clock": ({"validity": None}, "Step expire waits for a clock, and none takes it"),
    "a step that takes what is no field": (
        {"refuse": step(S.ASKED >> S.REFUSED, by="decides", takes=("why",), zh="否", en="R", article="AL 38")},
        "Step refuse takes why, which is no field",
    ),
    "a step that takes what the hub keeps": (
        {
            "held": field(OnDays, Sensitivity.INTERNAL, nullable=False, zh="项", en="Item"),
            "refuse": step(S.ASKED >> S.REFUSED, by="decides", takes=("held",), zh="否", en="R", article="AL 38"),
        },
        "Step refuse takes held, which the hub itself keeps",
    ),
    "an extension that no step gives": ({"more_time": None}, "Clock deciding may be extended, and no step does"),
    "a step without an article": (
        {"refuse": step(S.ASKED >> S.REFUSED, by="decides", zh="否", en="R", article="")},
        "Step refuse needs its name in Chinese and English, and the article",
    ),
    "a clock that ends on what is no day": (
        {"validity": clock(S.GRANTED, "reasons", late=Take("expire"), zh="期", en="V", article="AL 50")},
        "Clock validity ends on reasons, which is no date field",
    ),
    "a clock that takes a step of people": (
        {"validity": clock(S.GRANTED, "ends_on", late=Take("refuse"), zh="期", en="V", article="AL 50")},
        "Clock validity takes refuse, which is no step of the clock",
    ),
    "a party that does nothing": (
        {"idle": party(role="idle", zh="方", en="a party")},
        "Party idle takes no step and is told of none",
    ),
    "a party that no policy can see": (
        {"asker": text(nullable=False)},
        "Party asks is named by asker, which is no field that policies may use",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_process_that_cannot_work_is_refused(what):
    changes, words = WRONG[what]
    with pytest.raises(ProcessError, match=words):
        declared(changes)


def test_a_final_state_that_is_left_is_refused():
    with pytest.raises(ProcessError, match="GRANTED is declared final, and expire leads on from it"):
        declared(final=(S.REFUSED, S.OVER, S.GRANTED))
