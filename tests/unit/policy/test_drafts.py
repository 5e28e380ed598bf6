"""What golden cases lack is drafted, and a draft counts for nothing before a person has read it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.catalog import Catalogue, Field, Integer, Sensitivity
from hub.domain import CATALOGUE
from hub.policy import Policies, bundle
from hub.policy.cases import differences, read_cases
from hub.policy.drafts import new_cases, with_drafts
from trial_department import POLICIES, ROLE, WITH_CARDS

DIRECTORY = Path(__file__).parents[3] / "schema" / "policies"
FILES = sorted((DIRECTORY / "cases").glob("*.yaml"))
MARK = "          draft: true\n"


@pytest.fixture(scope="module")
def with_cards(terms_text: str) -> Policies:
    """The shipped policies, and those of a department that the product does not have."""
    files = {path.name: path.read_text(encoding="utf-8") for path in DIRECTORY.glob("*.cedar")}
    return bundle({**files, "trial-office.cedar": POLICIES}, terms_text + ROLE, WITH_CARDS)


def told(text: str, policies: Policies, catalogue: Catalogue) -> list[str]:
    return list(differences(read_cases(text, "x"), policies, catalogue))


def is_a_mark(difference: str) -> bool:
    return "is a draft" in difference


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_entity_that_no_case_names_is_drafted_and_what_stands_there_is_kept(
    path: Path, with_cards: Policies
) -> None:
    text = path.read_text(encoding="utf-8")
    drafted = with_drafts(text, path.name, with_cards, WITH_CARDS)
    lines = iter(drafted.splitlines())
    assert all(line in lines for line in text.splitlines())
    assert all(map(is_a_mark, told(drafted, with_cards, WITH_CARDS)))
    assert told(drafted.replace(MARK, ""), with_cards, WITH_CARDS) == []
    assert with_drafts(drafted, path.name, with_cards, WITH_CARDS) == drafted


def test_rights_are_drafted_marked_and_their_absence_is_not(with_cards: Policies) -> None:
    text = with_drafts(
        (DIRECTORY / "cases/civil-affairs.yaml").read_text(encoding="utf-8"), "x", with_cards, WITH_CARDS
    )
    assert text.count("TrialCertificate:\n") == text.count(MARK) == 1
    assert text.count("TrialCertificate: never\n") == 2
    assert any(map(is_a_mark, told(text, with_cards, WITH_CARDS)))


def test_a_role_without_cases_gets_a_whole_file_of_drafts(with_cards: Policies) -> None:
    text = new_cases("trial-office", "230502", with_cards, WITH_CARDS)
    assert "trial-office-own-certificates" in text
    assert any(map(is_a_mark, told(text, with_cards, WITH_CARDS)))
    assert told(text.replace(MARK, ""), with_cards, WITH_CARDS) == []


def test_a_field_added_to_an_entity_is_drafted_below_its_cases(policies: Policies) -> None:
    added = Field(name="rooms", type=Integer, sensitivity=Sensitivity.INTERNAL, zh="间数", en="Rooms", filter=True)
    home = CATALOGUE["Household"]
    catalogue = Catalogue({**CATALOGUE.entities, "Household": replace(home, fields={**home.fields, "rooms": added})})
    drafted = with_drafts(
        (DIRECTORY / "cases/civil-affairs.yaml").read_text(encoding="utf-8"), "x", policies, catalogue
    )
    assert told(drafted.replace(MARK, ""), policies, catalogue) == []
    after = drafted[drafted.index("items: [rooms]") :].splitlines()
    assert after[1:5] == [
        "          actions: [read, filter]",
        "          where: region is known and region within 2305",
        "          by: [civil-affairs-own-divisions, civil-affairs-prefecture]",
        MARK.rstrip(),
    ]
    assert after[5] == "      HouseholdCheck:"


def test_a_purpose_that_no_block_names_gets_one(policies: Policies) -> None:
    text = (DIRECTORY / "cases/auditor.yaml").read_text(encoding="utf-8")
    less = text[: text.index("  - purposes: [statistics]")]
    drafted = with_drafts(less, "x", policies, CATALOGUE)
    assert "  - purposes: [statistics]\n" in drafted
    assert told(drafted.replace(MARK, ""), policies, CATALOGUE) == []


def test_what_a_blocks_purposes_differ_in_is_told_and_not_drafted(policies: Policies) -> None:
    text = (DIRECTORY / "cases/auditor.yaml").read_text(encoding="utf-8")
    less = text[: text.index("  - purposes: [statistics]")].replace("[audit]", "[audit, statistics]")
    cut = less[: less.index("      SyncRun:")]
    drafted = with_drafts(cut, "x", policies, CATALOGUE)
    found = told(drafted.replace(MARK, ""), policies, CATALOGUE)
    assert any(difference.startswith("audit: read of SyncRun.source: expected no row") for difference in found)


def test_a_right_that_a_file_denies_is_not_drafted_away(policies: Policies) -> None:
    text = (DIRECTORY / "cases/charity.yaml").read_text(encoding="utf-8")
    start, end = text.index("      Need:\n"), text.index("      Person: never")
    denied = f"{text[:start]}      Need: never\n{text[end:]}"
    assert with_drafts(denied, "x", policies, CATALOGUE) == denied
    assert told(denied, policies, CATALOGUE) != []
