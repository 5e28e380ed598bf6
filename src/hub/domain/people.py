"""People and the households that they live in."""

from __future__ import annotations

from hub.catalog import (
    DAILY,
    Date,
    Group,
    IdNumber,
    Integer,
    Money,
    Name,
    OnDays,
    Phone,
    RegionCode,
    Segment,
    Sensitivity,
    Share,
    Text,
    entity,
    field,
    hide,
    keep,
    link,
    links,
    start_only,
)
from hub.domain.codes import Department, Relationship, Sex
from hub.domain.groups import ASSISTANCE_FILE, ENROLMENT, INDIVIDUALS, STATISTICS

INTERNAL, PERSONAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.PERSONAL, Sensitivity.SENSITIVE

REGISTER = "公安 (household register); 民政 (contact)"
CIVIL_AFFAIRS = "民政 (household file)"


@entity(
    zh="人员",
    en="A person of an assisted household",
    provider=REGISTER,
    departments=(
        Department.PUBLIC_SECURITY,
        Department.CIVIL_AFFAIRS,
    ),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(ASSISTANCE_FILE, ENROLMENT, INDIVIDUALS),
    root="people",
    finder="id_number",
    subject="Person",
    identified_by="id_number",
    belongs_to="households",  # of people outside every household nothing is kept
)
class Person:
    """A member of a household that receives or asks for assistance."""

    id_number = field(
        IdNumber, SENSITIVE, nullable=False, sealed=True, lookup=True, unique=True, group=Group.IDENTITY,
        mask=keep(first=2),  # the province: every other character is told by other fields, or tells of them
        segments=(
            # The county where the number was given out: for most people the one in which they live.
            Segment(6, 3_000, {"registered_region": 1, "region": 1}),
            Segment(8, 36_525, {"birth_date": 1}),
            Segment(2, 100),
            Segment(1, 10, {"sex": 5}),
            Segment(1, 11, follows=True),
        ),
        zh="公民身份号码", en="Citizen identity number (GB 11643)",
    )  # fmt: skip
    name = field(
        Name, PERSONAL, sealed=True, lookup=True, group=Group.IDENTITY, mask=start_only(1),
        # Taken low: a few family names and given names are those of most people.
        segments=(Segment(1, 100), Segment(2, 1_000, {"sex": 500})),
        zh="姓名", en="Name",
    )  # fmt: skip
    sex = field(Sex, PERSONAL, filter=True, aggregate=True, zh="性别", en="Sex")
    birth_date = field(Date, PERSONAL, filter=True, sort=True, zh="出生日期", en="Date of birth")
    phone = field(
        Phone,
        SENSITIVE,
        sealed=True,
        lookup=True,
        group=Group.CONTACT,
        mask=keep(first=3, last=2),
        # Blocks of ten thousand mobile numbers are given out by city, to each of which few begin alike.
        segments=(Segment(3, 50), Segment(4, 10_000, {"region": 20}), Segment(4, 10_000)),
        zh="联系电话",
        en="Telephone number",
    )
    region = field(
        RegionCode,
        INTERNAL,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="居住地区划",
        en="Division of residence",
    )
    registered_region = field(
        RegionCode, INTERNAL, filter=True, zh="户籍地区划", en="Division of the household register"
    )
    registered_address = field(
        Text,
        SENSITIVE,
        sealed=True,
        group=Group.CONTACT,
        mask=hide(),
        zh="户籍地址",
        en="Address in the household register",
    )
    households = links(
        "Household",
        through="HouseholdMember",
        by="person",
        to="household",
        zh="所在家庭",
        en="Households of this person",
    )
    recipients = links("Recipient", by="person", zh="救助信息", en="Enrolments of this person")
    findings = links("Finding", by="person", zh="核对信息", en="What departments report about this person")
    needs = links("Need", by="person", zh="需求", en="Needs of this person")
    consents = links("Consent", by="person", sensitivity=PERSONAL, zh="同意与授权", en="What this person consented to")
    claims = links("Claim", by="person", zh="其他来源数值", en="What other sources say where one's value stands")
    corrections = links("Correction", by="person", zh="更正核查", en="Values of the person that are, or were, disputed")


@entity(
    zh="家庭",
    en="A household as assistance counts it",
    provider=CIVIL_AFFAIRS,
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(ASSISTANCE_FILE, ENROLMENT, STATISTICS),
    root="households",
)
class Household:
    """People who live together and share income."""

    region = field(
        RegionCode,
        INTERNAL,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="居住地区划",
        en="Division of residence",
    )
    address = field(Text, SENSITIVE, sealed=True, group=Group.CONTACT, mask=hide(), zh="住址", en="Address")
    size = field(
        Integer,
        INTERNAL,
        filter=True,
        sort=True,
        aggregate=True,
        policy=True,
        zh="家庭人口",
        en="Number of people counted",
    )
    declared_monthly_income = field(
        Money, PERSONAL, filter=True, sort=True, zh="申报月收入", en="Declared monthly income, CNY"
    )
    declared_vehicles = field(Integer, PERSONAL, filter=True, zh="申报机动车数", en="Declared vehicles")
    declared_homes = field(Integer, PERSONAL, filter=True, zh="申报住房数", en="Declared homes")
    check_authorised_on = field(
        Date,
        PERSONAL,
        filter=True,
        sort=True,
        zh="档案核对授权日期",
        en="Date on which the means check was authorised, as civil affairs' file states it",
    )
    check_authorised = field(
        OnDays,
        PERSONAL,
        nullable=False,
        filter=True,
        policy=True,
        zh="核对授权是否有效",
        en="Whether every member's authorisation of a means check is in force today; if not, no check",
    )
    members = links("Person", through="HouseholdMember", by="household", to="person", zh="家庭成员", en="Members")
    recipients = links("Recipient", by="household", zh="救助信息", en="Enrolments of this household")
    means_checks = links("MeansCheck", by="household", zh="核对结果", en="Means checks of this household")
    household_checks = links(
        "HouseholdCheck",
        by="household",
        sensitivity=PERSONAL,
        zh="核对委托",
        en="Checks of its means, and their reports",
    )
    home_visits = links("HomeVisit", by="household", sensitivity=PERSONAL, zh="入户核查", en="Home visits to it")
    needs = links("Need", by="household", zh="需求", en="Needs of this household")
    consents = links(
        "Consent", by="household", sensitivity=PERSONAL, zh="核对授权", en="Authorisations of its means checks"
    )
    corrections = links("Correction", by="household", zh="更正核查", en="Values of it that are, or were, disputed")


@entity(
    zh="家庭成员关系",
    en="A person's membership of a household",
    provider=CIVIL_AFFAIRS,
    departments=(Department.CIVIL_AFFAIRS,),
    frequency=DAILY,
    share=Share.CONDITIONAL,
    conditions="社会救助审核、核对 for assistance review and means checks only",
    groups=(ASSISTANCE_FILE, ENROLMENT, INDIVIDUALS),
    subject="person",
)
class HouseholdMember:
    """Stands between person and household; its fields are those of the edge."""

    household = link("Household", nullable=False, zh="家庭", en="The household")
    person = link("Person", nullable=False, zh="人员", en="The person")
    region = field(RegionCode, INTERNAL, policy=True, zh="居住地区划", en="Division of the household")
    relationship = field(Relationship, PERSONAL, zh="与户主关系", en="Relationship to the head of the household")
    guardian_id_number = field(
        IdNumber, SENSITIVE, sealed=True, group=Group.IDENTITY, mask=hide(),
        zh="监护人公民身份号码", en="Citizen identity number of the guardian who signs for this member, if one does",
    )  # fmt: skip
