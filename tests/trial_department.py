"""A department that the product does not have: what bringing one in takes, for the tests that all else follows."""

from __future__ import annotations

from hub.catalog import (
    DAILY,
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
from hub.catalog.declare import DECLARED
from hub.domain import CATALOGUE
from hub.domain.groups import ASSISTANCE_FILE, INDIVIDUALS

__all__ = ["CARDS", "MAPPING", "POLICIES", "ROLE", "WITH_CARDS"]

INTERNAL, SENSITIVE = Sensitivity.INTERNAL, Sensitivity.SENSITIVE


class TrialGrade(CodeList):
    """Grade, the first the highest."""

    FIRST = "一级", "First"
    SECOND = "二级", "Second"


@entity(
    zh="试点证书", en="A certificate of a trial", provider="试点机构 (an office on trial)",
    frequency=DAILY, share=Share.CONDITIONAL, conditions="试点 for assistance review",
    groups=(ASSISTANCE_FILE, INDIVIDUALS), root="trialCertificates", subject="person",
)  # fmt: skip
class TrialCertificate:
    """One person, one certificate."""

    person = link("Person", nullable=False, zh="人员", en="The person certified")
    number = field(
        Text, SENSITIVE, sealed=True, lookup=True, group=Group.HEALTH, mask=hide(), segments=(Segment(20, 1_000_000),),
        zh="证号", en="Number",
    )  # fmt: skip
    grade = field(TrialGrade, INTERNAL, nullable=False, filter=True, sort=True, zh="等级", en="Grade")
    issued_on = field(Date, INTERNAL, filter=True, sort=True, zh="发证日期", en="Date of issue")
    region = field(
        RegionCode, INTERNAL, filter=True, sort=True, aggregate=True, policy=True, zh="所属区划", en="Division"
    )


CARDS: Entity = TrialCertificate  # type: ignore[assignment] # the decorator makes the class an entity
DECLARED.remove(CARDS)
WITH_CARDS: Catalogue = build([*CATALOGUE, CARDS])

ROLE = """\
  trial-office:
    zh: 试点机构
    en: An office on trial
    purposes: [assistance-review]
"""
"""Line of purposes.yaml, whose last item is the list of roles."""

POLICIES = """
@id("trial-office-own-certificates")
permit (
  principal in Role::"trial-office",
  action in [Action::"read", Action::"lookup", Action::"filter", Action::"sort"],
  resource is TrialCertificate
)
when { context.purpose == "assistance-review" }
when { resource has region && resource.region in principal.regions };
"""

MAPPING = """
source: trial-office
title: 试点机构 An office on trial
order: 6
tables:
  certificate:
    key: certificate_no
    person: {column: id_no}
    entity: TrialCertificate
    fields:
      number: certificate_no
      grade: {column: grade, codes: {一级: FIRST, 二级: SECOND}}
      issued_on: issued_on
      region: {from: person}
    vanished: delete
"""
