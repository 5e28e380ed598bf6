"""The partners of the demo: four viewers with the query that they run, and the offices that answer their requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoViewer:
    """A partner of the demo; its department has its name. ``about``: who it is, in one sentence.

    ``body_of``: the department that it is a body of, where it is none itself.
    """

    name: str
    title: str
    role: str
    purposes: tuple[str, ...]
    regions: tuple[str, ...]
    about: str
    body_of: str | None = None

    @property
    def department(self) -> str:
        """As the code list of departments spells it."""
        return (self.body_of or self.name).upper().replace("-", "_")


VIEWERS: Final = (
    DemoViewer(
        "civil-affairs",
        "双鸭山市民政局",
        "civil-affairs",
        ("assistance-review", "means-check", "statistics", "data-sharing"),
        ("2305",),
        "Civil affairs bureau of the whole city: reviews assistance and sees what that takes, in plain.",
    ),
    DemoViewer(
        "social-security",
        "双鸭山市人力资源和社会保障局",
        "social-security",
        ("means-check", "benefit-coordination", "data-sharing"),
        ("2305",),
        "Social security bureau: helps with means checks; sees who is enrolled, with names and numbers masked.",
    ),
    DemoViewer(
        "charity",
        "双鸭山市慈善总会",
        "charity",
        ("charity-matching", "data-sharing"),
        ("2305",),
        "Charity federation: sees open needs whose owners consented, and nothing of who they are.",
    ),
    DemoViewer(
        "auditor",
        "双鸭山市审计局",
        "auditor",
        ("audit", "statistics", "data-sharing"),
        ("2305",),
        "Audit office: sees what the hub does and how many, and no person.",
    ),
)
"""The first purpose of each is the one that the demo declares."""

OFFICES: Final = (
    DemoViewer(
        "public-security",
        "双鸭山市公安局",
        "data-provider",
        ("data-sharing",),
        ("2305",),
        "Public security bureau: provides the household register and vehicles, and answers requests for them.",
    ),
    DemoViewer(
        "real-estate",
        "双鸭山市不动产登记中心",
        "data-provider",
        ("data-sharing",),
        ("2305",),
        "Real-estate registry: provides registered homes, and answers requests for them.",
    ),
    DemoViewer(
        "data-authority",
        "双鸭山市数据局",
        "data-authority",
        ("data-sharing",),
        ("2305",),
        "Data authority: sees every request and agreement, decides disputes, suspends what is abused.",
    ),
)
"""They ask for no data of their own; agreements need them."""

CENTRE: Final = DemoViewer(
    "checking-centre",
    "双鸭山市核对中心",
    "checking-centre",
    ("means-check",),
    ("2305",),
    "Checking centre: has departments asked about households' means, reports, and looks into objections.",
    "civil-affairs",
)
"""Needs no agreement: it is a body of civil affairs."""

QUERY: Final = """\
{ recipients(first: 3, where: {region: {within: "230502"}}) {
    edges { cursor node { id category status monthlyAmount region
      person { name idNumber birthDate phone }
      household { id size address members(first: 10) { edges { node { name } } }
        meansChecks(first: 2) { edges { node { outcome checkedAt findings { department kind value } } } } } } }
    pageInfo { hasNextPage endCursor } }
  needs(first: 2, where: {county: {within: "2305"}}) {
    edges { node { kind urgent county description person { name } } } }
  charityResources(first: 2) { edges { node { title kind capacityAvailable organisation { name } } } } }
"""
