"""The rules of consents (Personal Information Protection Law; PIPL below).

A rule looks at the consent, at what it is given, and at the rows that it leads to.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import normalise
from hub.catalog.normalise import NotNormal
from hub.consents.own import after
from hub.process.errors import RuleRefuses
from hub.process.rules import Asked, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.consents.own import Dependents

ENTITY: Final = "Consent"
CHILD: Final = 14
"""Years under which a guardian consents for a child (PIPL 31)."""
ADULT: Final = 18
"""Years that a guardian has at least (†)."""
LEAST: Final = 4
"""Characters that a reference to evidence has at least: a dash leads to no form."""
SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "CHARITY_MATCHING": ("NEED", "NEED_AND_IDENTITY"),
    "MEANS_CHECK": ("MEANS",),
}
"""What each purpose may use."""


def years(born: date, on: date) -> int:
    """Full years of age on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_child(id_number: str, on: date) -> bool:
    """Whether a guardian consents for the person on this day (PIPL 31). ``id_number``: as the hub keeps it."""
    return years(normalise.birth_date(id_number), on) < CHILD


def drawn_up(asked: Asked) -> None:
    """A consent is for one purpose, and says what of (PIPL 14, 17, 29)."""
    _purpose(asked)
    _signatory(asked, asked.today)
    _period(asked)


def signed(asked: Asked) -> None:
    """Nothing is in force without a signature of the one who may sign, and evidence that can be relied on (PIPL 14)."""
    on, until = asked.value("signed_on"), asked.value("evidence_valid_until")
    if on > asked.today:
        raise RuleRefuses(f"{on} is still to come: a consent is in force once it is signed.", field="signed_on")
    if len((asked.value("evidence") or "").strip()) < LEAST:
        raise RuleRefuses(
            f"Say where the signed form is kept: at least {LEAST} characters.", field="evidence", article="PIPL 14"
        )
    if until is not None and until < asked.today:
        raise RuleRefuses(
            f"The evidence could be relied on until {until}; have it renewed, and signed anew.",
            field="evidence_valid_until", article="PIPL 14",
        )  # fmt: skip
    _signatory(asked, on)
    _period(asked)


def _purpose(asked: Asked) -> None:
    purpose, scope = asked.value("purpose"), asked.value("scope")
    if scope not in SCOPES[purpose]:
        raise RuleRefuses(
            f"For {purpose} consent is to {' or '.join(SCOPES[purpose])}, not to {scope}: another purpose needs a "
            "consent of its own.", field="scope", article="PIPL 29",
        )  # fmt: skip
    if purpose == "MEANS_CHECK":
        if asked.value("household") is None:
            raise RuleRefuses("Say which household's means may be checked.", field="household", article="DB 17")
        if asked.value("need") is not None:
            raise RuleRefuses("A means check is about a household, and about no need.", field="need")
        return
    if asked.value("household") is not None:
        raise RuleRefuses("Each person consents for what that person needs, not for a household.", field="household")
    need = asked.linked.get("need")
    if need is not None and need["person"] != asked.value("person"):
        raise RuleRefuses("That is somebody else's need: each person consents for their own.", field="need")


def _signatory(asked: Asked, on: date) -> None:
    number, name = asked.value("guardian_id_number"), asked.value("guardian_name")
    subject = asked.linked["person"]["id_number"]
    if asked.value("signed_by") == "SELF":
        if is_child(subject, on):
            raise RuleRefuses(
                f"The person is not {CHILD} yet: a parent or another guardian signs, and is named.",
                field="signed_by", article="PIPL 31",
            )  # fmt: skip
        if number is not None or name is not None:
            raise RuleRefuses("Who signs alone has no guardian; say GUARDIAN, or name none.", field="signed_by")
        return
    for field, said in (("guardian_name", name), ("guardian_id_number", number)):
        if not (said or "").strip():
            raise RuleRefuses("Name the guardian who signs, with the identity number.", field=field, article="PIPL 31")
    try:
        number = normalise.id_number(number)
    except NotNormal as wrong:
        raise RuleRefuses(f"That is no identity number: {wrong}", field="guardian_id_number") from None
    if number == subject:
        raise RuleRefuses(
            "The guardian is the person whose consent it is; nobody is their own guardian.",
            field="guardian_id_number", article="PIPL 31",
        )  # fmt: skip
    if years(normalise.birth_date(number), on) < ADULT:
        raise RuleRefuses(f"A guardian is {ADULT} at least.", field="guardian_id_number", article="†")


def _period(asked: Asked) -> None:
    starts_on, ends_on = _first_day(asked), asked.value("ends_on")
    if ends_on is None:
        return
    if starts_on is not None and ends_on < starts_on:
        raise RuleRefuses(f"The period ends on {ends_on}, before it begins on {starts_on}.", field="ends_on")
    if ends_on < asked.today:
        raise RuleRefuses(f"The period ended on {ends_on}; today is {asked.today}.", field="ends_on")


def _first_day(asked: Asked) -> date | None:
    """From the day that was said, or of the signature; never before that."""
    said, signed_on = asked.value("starts_on"), asked.value("signed_on")
    known = [day for day in (said, signed_on) if day is not None]
    return max(known, default=None)


def _where(asked: Asked) -> Mapping[str, Any]:
    return {"region": asked.linked["person"]["region"]} if "person" in asked.linked else {}


def _from_when(asked: Asked) -> Mapping[str, Any]:
    return {"starts_on": _first_day(asked)}


def _over(reason: str | None) -> Any:
    def setting(asked: Asked) -> Mapping[str, Any]:
        return {"ended_on": asked.today} | ({} if reason is None else {"end_reason": reason})

    return setting


def consent_rules(dependents: Dependents | None = None) -> Rules:
    """The file of rules of ``Consent``. ``dependents``: None where no step is taken by them."""
    ending = ("sign", "withdraw", "end", "expire")
    also = {} if dependents is None else dict.fromkeys(ending, partial(after, dependents))
    return Rules(
        ENTITY,
        guards={"draft": drawn_up, "sign": signed},
        sets={
            "draft": _where,
            "sign": _from_when,
            "withdraw": _over("WITHDRAWN"),
            "end": _over(None),
            "expire": _over("PERIOD"),
        },
        with_steps=also,
        looks_at=("person", "need"),
    )
