"""A department that the product does not have: what bringing one in takes, for the tests that all else follows."""

from __future__ import annotations

from hub.catalog import (
    Catalogue,
    CodeList,
    Date,
    Entity,
    Group,
    RegionCode,
    Segment,
    Sensitivity,
    Share,
    Text,
    build,
    entity,
    field,
    hide,
    link,
)
from hub.catalog.entity import _declared
from hub.domain import CATALOGUE
from hub.domain.groups import ASSISTANCE_FILE, INDIVIDUALS

__all__ = ["CARDS", "MAPPING", "POLICIES", "ROLE", "WITH_CARDS"]

INTERNAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.SENSITIVE


class DisabilityGrade(CodeList):
    """Grade of disability, the first the most severe (GB/T 26341)."""

    FIRST = "一级", "First"
    SECOND = "二级", "Second"


@entity(
    zh="残疾人证", en="A certificate of disability", provider="残联 (disabled persons' federation)",
    frequency="每日 daily", share=Share.CONDITIONAL, conditions="社会救助审核 for assistance review",
    groups=(ASSISTANCE_FILE, INDIVIDUALS), root="disabilityCards", subject="person",
)  # fmt: skip
class DisabilityCard:
    """One person, one certificate."""

    person = link("Person", nullable=False, zh="人员", en="The person certified")
    number = field(
        Text, SENSITIVE, sealed=True, lookup=True, group=Group.HEALTH, mask=hide(), segments=(Segment(20, 1_000_000),),
        zh="证号", en="Number",
    )  # fmt: skip
    grade = field(DisabilityGrade, INTERNAL, nullable=False, filter=True, sort=True, zh="残疾等级", en="Grade")
    issued_on = field(Date, INTERNAL, filter=True, sort=True, zh="发证日期", en="Date of issue")
    region = field(
        RegionCode, INTERNAL, filter=True, sort=True, aggregate=True, policy=True, zh="所属区划", en="Division"
    )


CARDS: Entity = DisabilityCard  # type: ignore[assignment] # the decorator makes the class an entity
_declared.remove(CARDS)
WITH_CARDS: Catalogue = build([*CATALOGUE, CARDS])

ROLE = """\
  disabled-persons:
    zh: 残疾人联合会
    en: Disabled persons' federation
    purposes: [assistance-review]
"""
"""Line of purposes.yaml, whose last item is the list of roles."""

POLICIES = """
@id("disabled-persons-own-cards")
permit (
  principal in Role::"disabled-persons",
  action in [Action::"read", Action::"lookup", Action::"filter", Action::"sort"],
  resource is DisabilityCard
)
when { context.purpose == "assistance-review" }
when { resource has region && resource.region in principal.regions };
"""

MAPPING = """
source: disabled-persons
title: 残联 Disabled persons' federation
order: 6
tables:
  certificate:
    key: certificate_no
    person: {column: id_no}
    entity: DisabilityCard
    fields:
      number: certificate_no
      grade: {column: grade, codes: {一级: FIRST, 二级: SECOND}}
      issued_on: issued_on
      region: {from: person}
    vanished: delete
"""
