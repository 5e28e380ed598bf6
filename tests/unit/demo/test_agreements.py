"""The demo's agreements: what is asked for follows from the policies, and nothing is asked for twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hub.demo.agreements import AgreementWanted, StepNotTaken, conclude, wanted
from hub.demo.viewers import OFFICES, VIEWERS
from hub.domain import CATALOGUE
from hub.policy import load

POLICIES = load(Path(__file__).parents[3] / "schema" / "policies", CATALOGUE)
TODAY = date(2026, 3, 1)
BY_NAME = {viewer.name: viewer for viewer in VIEWERS}
ONE = AgreementWanted(BY_NAME["social-security"], "means-check", "CIVIL_AFFAIRS", ("Recipient.category",))


class Hub:
    """Keeps requests and takes steps as the hub does."""

    def __init__(self, *rows, refuses=None):
        self.rows, self.refuses, self.steps = list(rows), refuses, []

    async def ask(self, partner, document, _variables):
        if "sharingRequests(" in document:
            return {"sharingRequests": {"nodes": self.rows}}
        step = document.split("done: ")[1].split("SharingRequest")[0]
        self.steps.append((partner, step))
        if step == self.refuses:
            return {"done": {"sharingRequest": None, "errors": [{"message": "no"}]}}
        state = {"submit": "SUBMITTED", "accept": "AGREED", "deliver": "ACTIVE"}[step]
        return {"done": {"sharingRequest": {"id": "1", "state": state, "version": 1}, "errors": []}}


def row(state, **changes):
    return {
        "id": "1", "state": state, "version": 1, "provider": "CIVIL_AFFAIRS", "purpose": "means-check",
        "items": ["Recipient.category"], **changes,
    }  # fmt: skip


async def taken(hub):
    made = await conclude([ONE], (*VIEWERS, *OFFICES), TODAY, hub.ask)
    return made, hub.steps


def asked(name):
    return {(each.purpose, each.provider) for each in wanted(BY_NAME[name], POLICIES, CATALOGUE)}


def test_each_viewer_asks_the_departments_whose_data_its_policies_permit():
    checking = ("PUBLIC_SECURITY", "SOCIAL_SECURITY", "REAL_ESTATE")
    assert asked("civil-affairs") == {
        (purpose, provider) for purpose in ("assistance-review", "means-check") for provider in checking
    }
    assert asked("charity") == {("charity-matching", "CIVIL_AFFAIRS")}
    assert ("means-check", "CIVIL_AFFAIRS") in asked("social-security")


async def test_what_is_not_there_is_asked_for_accepted_and_delivered():
    assert await taken(Hub()) == (
        1, [("social-security", "submit"), ("civil-affairs", "accept"), ("civil-affairs", "deliver")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "steps"), [("SUBMITTED", ["accept", "deliver"]), ("AGREED", ["deliver"]), ("ACTIVE", [])]
)
async def test_what_was_begun_is_taken_up_where_it_stands(state, steps):
    assert [step for _, step in (await taken(Hub(row(state))))[1]] == steps


async def test_a_suspended_agreement_stays_suspended():
    assert await taken(Hub(row("SUSPENDED"))) == (0, [])


@pytest.mark.parametrize("changes", [{"purpose": "statistics"}, {"items": ["Recipient.status"]}, {"state": "ENDED"}])
async def test_an_agreement_on_something_else_does_not_stand_for_it(changes):
    assert (await taken(Hub({**row("ACTIVE"), **changes})))[0] == 1


async def test_a_step_that_is_refused_is_said():
    with pytest.raises(StepNotTaken, match="no"):
        await taken(Hub(refuses="accept"))
