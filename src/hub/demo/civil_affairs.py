"""Civil affairs: households, members, enrolments, needs and earlier checks. The only register of who is concerned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.demo import dirt, words
from hub.demo.dirt import MEMBER_SHARE, Written
from hub.demo.social_security import yuan
from hub.demo.tables import SampleBatch, SampleTable

if TYPE_CHECKING:
    from hub.demo.households import SampleHousehold, SampleMember
    from hub.demo.people import SamplePerson
    from hub.demo.truth import Expect

SOURCE: Final = "civil-affairs"

HOUSEHOLD: Final = SampleTable(
    SOURCE,
    "household",
    (
        ("household_no", "text PRIMARY KEY"),
        ("region", "text"),
        ("address", "text"),
        ("size", "int"),
        ("declared_monthly_income", "numeric(12,2)"),
        ("declared_vehicles", "int"),
        ("declared_homes", "int"),
        ("check_authorised_on", "date"),
        ("updated_at", "timestamptz"),
    ),
)
MEMBER: Final = SampleTable(
    SOURCE,
    "member",
    (
        ("member_no", "text"),
        ("household_no", "text"),
        ("id_no", "text"),
        ("full_name", "text"),
        ("relation", "text"),
        ("mobile", "text"),
        ("guardian_id_no", "text"),
        ("updated_at", "timestamptz"),
    ),
)
ENROLMENT: Final = SampleTable(
    SOURCE,
    "enrolment",
    (
        ("enrolment_no", "text"),
        ("id_no", "text"),
        ("household_no", "text"),
        ("category", "text"),
        ("status", "text"),
        ("monthly_amount", "numeric(10,2)"),
        ("region", "text"),
        ("approved_on", "date"),
        ("valid_until", "date"),
        ("updated_at", "timestamptz"),
    ),
)
NEED: Final = SampleTable(
    SOURCE,
    "need",
    (
        ("need_no", "text"),
        ("id_no", "text"),
        ("household_no", "text"),
        ("kind", "text"),
        ("description", "text"),
        ("urgency", "text"),
        ("region", "text"),
        ("consent_signed_on", "date"),
        ("status", "text"),
        ("created_on", "date"),
        ("updated_at", "timestamptz"),
    ),
)
PAST_CHECK: Final = SampleTable(
    SOURCE,
    "past_check",
    (
        ("check_no", "text PRIMARY KEY"),
        ("household_no", "text"),
        ("checked_on", "date"),
        ("outcome", "text"),
        ("updated_at", "timestamptz"),
    ),
)
TABLES: Final = (HOUSEHOLD, MEMBER, ENROLMENT, NEED, PAST_CHECK)

_MONTHLY: Final = {  # fen, from and to
    "DIBAO": (28000, 82000),
    "TEKUN": (90000, 135000),
    "DIBAO_MARGIN": (5000, 15000),
    "RIGID_EXPENDITURE": (10000, 40000),
    "TEMPORARY": (50000, 300000),
    "RELAPSE_MONITORED": (5000, 20000),
    "ORPHAN": (120000, 190000),
    "DE_FACTO_UNSUPPORTED_CHILD": (120000, 190000),
    "DISABILITY_SUBSIDY": (8000, 20000),
}
GUARDED: Final = 16
"""Years under which the samples name a guardian: the law's fourteen, and some time for the file to grow old."""
_STATUS_WEIGHTS: Final = (3, 88, 3, 6)


def household(draft: SampleBatch, household: SampleHousehold, declared_income: int) -> None:
    """Write the household with the income it declared (fen) and, for every second one, an earlier check."""
    rng, number = draft.rng, household.number
    authorised_on = _day(draft, 700) if household.authorised else None
    row = (
        number,
        household.place.code,
        household.address,
        len(household.members),
        yuan(declared_income),
        household.declared_vehicles,
        household.declared_homes,
        authorised_on,
        draft.moment(),
    )
    draft.put(HOUSEHOLD, row, key=number, person=None, expect="load", repeatable=False)
    if authorised_on is not None and rng.random() < 0.5:  # noqa: PLR2004 - every second household
        key = f"C{draft.serial(PAST_CHECK.name):07}"
        outcome = rng.choices(tuple(words.OUTCOMES), (90, 8, 2))[0]
        checked_on = authorised_on + (words.AS_OF - authorised_on) * rng.random()
        check = (key, number, checked_on, words.OUTCOMES[outcome], draft.moment())
        draft.put(PAST_CHECK, check, key=key, person=None, expect="load", repeatable=False)


def member(draft: SampleBatch, member: SampleMember, household: SampleHousehold) -> Written:
    """Write the member's row; return the ID number as the clerk typed it, which the other tables repeat.

    For a child the head of the household signs as guardian.
    """
    person, table = member.person, MEMBER.name
    key = f"M{draft.serial(table):08}"
    written = draft.dirt.id_number(table, person.id_number, share=MEMBER_SHARE)
    expect: Expect = "load" if written.rule is None else "quarantine"
    relation = draft.rng.choice(words.RELATIONS[member.relation])
    guardian = household.members[0].person if person.age < GUARDED else None
    _member_row(draft, person, (key, household.number, written, relation), expect, written.rule, guardian)
    if expect == "load":
        draft.truth.known(person.id_number)
    return written


def stray_member(draft: SampleBatch, person: SamplePerson) -> None:
    """Write a member of a household that the register no longer has."""
    key = f"M{draft.serial(MEMBER.name):08}"
    gone = f"H2305-9{draft.serial('gone'):06}"
    _member_row(
        draft,
        person,
        (key, gone, Written(person.id_number), words.RELATIONS["OTHER"][0]),
        "quarantine",
        dirt.REFERENCE_UNKNOWN,
    )


def _member_row(
    draft: SampleBatch,
    person: SamplePerson,
    fields: tuple[str, str, Written, str],
    expect: Expect,
    rule: str | None,
    guardian: SamplePerson | None = None,
) -> None:
    key, household_no, written, relation = fields
    name = draft.dirt.name(MEMBER.name, person.name)
    phone = draft.dirt.phone(MEMBER.name, person.phone)
    signs = None if guardian is None else guardian.id_number
    row = (key, household_no, written.text, name, relation, phone, signs, draft.moment())
    draft.saw(id_text=written.text, name=name, phone=phone)
    draft.put(MEMBER, row, key=key, person=person.id_number, expect=expect, rule=rule)


def enrolments(draft: SampleBatch, member: SampleMember, household: SampleHousehold, typed: Written) -> None:
    """Write the member's enrolments. The mistake of the member's own row is in them too."""
    rng, table = draft.rng, ENROLMENT.name
    for category in member.enrolled:
        key = f"E{draft.serial(table):08}"
        written = typed if typed.rule else draft.dirt.id_number(table, member.person.id_number, share=MEMBER_SHARE)
        expect: Expect = "load" if written.rule is None else "quarantine"
        rule, word, region = written.rule, words.CATEGORIES[category], household.place.code
        amount = rng.randrange(*_MONTHLY[category]) // 100 * 100
        if expect == "load":
            if draft.dirt.strikes(table, "code unknown"):
                word, rule = words.UNKNOWN_CATEGORY, dirt.CODE_UNKNOWN
            elif draft.dirt.strikes(table, "amount negative"):
                amount, rule = -amount, dirt.AMOUNT_NEGATIVE
            elif draft.dirt.strikes(table, "region retired"):
                region, rule = words.RETIRED_COUNTY + region[6:], dirt.REGION_UNKNOWN
            expect = "load" if rule is None else "quarantine"
        status = rng.choices(tuple(words.STATUSES), _STATUS_WEIGHTS)[0]
        approved_on, valid_until = _period(draft, category, status)
        row = (
            key,
            written.text,
            household.number,
            word,
            words.STATUSES[status],
            yuan(amount),
            region,
            approved_on,
            valid_until,
            draft.moment(),
        )
        draft.saw(id_text=written.text)
        draft.put(ENROLMENT, row, key=key, person=member.person.id_number, expect=expect, rule=rule)


def _period(draft: SampleBatch, category: str, status: str) -> tuple[date | None, date | None]:
    """Return when the enrolment was approved and when it ends; both open while it is applied for."""
    if status == "APPLIED":
        return None, None
    approved_on = _day(draft, 330 if category == "RIGID_EXPENDITURE" else 1800)
    if status == "ENDED":
        return approved_on, approved_on + (words.AS_OF - approved_on) * draft.rng.random()
    # A household in difficulty from unavoidable spending is recognised for at most twelve months.
    return approved_on, approved_on + timedelta(days=364) if category == "RIGID_EXPENDITURE" else None


def needs(draft: SampleBatch, member: SampleMember, household: SampleHousehold, typed: Written) -> None:
    """Write what the member needs: about a third of those enrolled need something, few two things."""
    rng, table = draft.rng, NEED.name
    for _ in range(rng.choices((0, 1, 2), (78, 19, 3))[0]):
        key = f"N{draft.serial(table):07}"
        written = typed if typed.rule else draft.dirt.id_number(table, member.person.id_number, share=MEMBER_SHARE)
        rule = written.rule
        kind = rng.choice(tuple(words.NEED_KINDS))
        word = words.NEED_KINDS[kind]
        if rule is None and draft.dirt.strikes(table, "code unknown"):
            word, rule = words.UNKNOWN_NEED_KIND, dirt.CODE_UNKNOWN
        who = member.person.name if rng.random() < 0.3 else "本人"  # noqa: PLR2004 - share of texts that name the person
        created_on = _day(draft, 365)
        consented = rng.random() < 0.6  # noqa: PLR2004 - two in five have not consented
        row = (
            key,
            written.text,
            household.number,
            word,
            rng.choice(words.NEED_TEXTS[kind]).format(who=who),
            rng.choices(words.URGENCIES, (20, 50, 22, 8))[0],
            household.place.code,
            created_on if consented else None,
            rng.choices(words.NEED_STATUSES, (70, 10, 14, 6))[0],
            created_on,
            draft.moment(),
        )
        draft.saw(id_text=written.text)
        expect: Expect = "load" if rule is None else "quarantine"
        draft.put(NEED, row, key=key, person=member.person.id_number, expect=expect, rule=rule)


def _day(draft: SampleBatch, within: int) -> date:
    return words.AS_OF - timedelta(days=draft.rng.randrange(1, within))
