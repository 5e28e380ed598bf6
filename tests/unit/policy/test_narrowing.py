"""A bundle that leaves too few values behind a mask is refused, with who could guess what beside what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from hub.domain import CATALOGUE
from hub.policy import PolicyError, bundle

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = '["id", "region"]'
SEEN = """
@id("seen") permit (principal in Role::"social-security", action == Action::"read", resource is Person)
when { FIELDS.contains(context.field) } when { resource has region && resource.region in principal.regions };
"""
MASKED = """
@id("masked") permit (principal in Role::"social-security", action == Action::"readMasked", resource is Person)
when { context.field == "id_number" };
"""
TRIED = """
@id("tried") permit (principal in Role::"social-security", action == Action::"lookup", resource is Person)
when { context.field == "id_number" };
"""


def seen(*fields: str) -> str:
    return SEEN.replace("FIELDS", "[" + ", ".join(f'"{name}"' for name in ("id", *fields)) + "]")


def load(terms_text: str, *texts: str) -> None:
    bundle({"x.cedar": "\n".join(texts)}, terms_text, CATALOGUE)


def refused(terms_text: str, *texts: str) -> str:
    with pytest.raises(PolicyError) as error:
        load(terms_text, *texts)
    assert error.value.code == "HUB-210"
    return str(error.value)


def test_birth_date_and_division_beside_a_masked_number_that_can_be_looked_up_are_refused(terms_text: str) -> None:
    said = refused(terms_text, seen("birth_date", "region"), MASKED, TRIED)
    assert said.startswith("policies tried, masked: to social-security for purpose ")
    assert "they leave 1000 values of Person.id_number beside birth_date, region, each of which can be looked" in said
    assert "there must be 100000" in said


def test_the_division_is_known_of_rows_that_are_visible_by_it(terms_text: str) -> None:
    said = refused(terms_text, seen("birth_date"), MASKED, TRIED)
    assert "leave 1000 values of Person.id_number beside birth_date, region" in said


@pytest.mark.parametrize("action", ["filter", "sort"])
def test_a_field_that_rows_are_filtered_or_ordered_by_tells_as_much_as_one_that_is_read(
    action: str, terms_text: str
) -> None:
    by = seen("birth_date").replace('"seen"', '"by"').replace('"read"', f'"{action}"')
    assert "beside birth_date, region" in refused(terms_text, seen(), by, MASKED, TRIED)


def test_a_number_that_is_not_even_shown_masked_is_found_by_trying_as_well(terms_text: str) -> None:
    assert refused(terms_text, seen("birth_date"), TRIED).startswith("policies tried: ")


@pytest.mark.parametrize(
    "texts",
    [
        (seen("birth_date"), MASKED),  # none can be tried
        (seen("sex", "registered_region"), MASKED, TRIED),  # the birth date is not told
        (seen("birth_date", "id_number"), MASKED, TRIED),  # nothing is hidden
    ],
    ids=["no look-up", "no birth date", "plain"],
)
def test_enough_values_or_nothing_to_guess_is_no_reason_to_refuse(texts: tuple[str, ...], terms_text: str) -> None:
    load(terms_text, *texts)


def test_two_roles_of_one_partner_are_looked_at_together(terms_text: str) -> None:
    other = seen("birth_date").replace("social-security", "civil-affairs").replace('"seen"', '"other"')
    said = refused(terms_text, seen("region"), MASKED, TRIED, other)
    assert "to civil-affairs and social-security for purpose data-sharing they leave 1000" in said


def test_a_reason_on_the_policy_lets_it_pass(terms_text: str) -> None:
    why = TRIED.replace("permit", '@narrowing("the pension office knows these numbers") permit')
    load(terms_text, seen("birth_date"), MASKED, why)


def test_an_empty_reason_is_none(terms_text: str) -> None:
    assert "say why" in refused(terms_text, seen("birth_date"), MASKED, TRIED.replace("permit", "@narrowing permit"))


def test_a_reason_without_a_cause_is_refused(terms_text: str) -> None:
    why = TRIED.replace("permit", '@narrowing("because") permit')
    assert refused(terms_text, seen("region"), MASKED, why).startswith("policy tried: says @narrowing, but")


def test_rights_that_differ_by_row_are_looked_at_row_by_row(terms_text: str) -> None:
    """Plain in the viewer's division, masked around it: what is plain there tells nothing of the rows around."""
    around = seen().replace("principal.regions", "principal.prefectures").replace('"seen"', '"around"')
    own = seen("id_number", "birth_date").replace('"seen"', '"own"')
    load(terms_text, own, around, MASKED, TRIED)
    everywhere = seen("birth_date").replace("principal.regions", "principal.prefectures")
    assert "beside birth_date, region" in refused(terms_text, own, everywhere, MASKED, TRIED)


def test_names_cannot_be_looked_up_where_they_are_masked(directory: Path, terms_text: str) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in directory.glob("*.cedar")}
    wide = re.sub(
        r"(in-own-divisions.*?)when \{ resource has region[^;]*;", r"\1;", files["civil-affairs.cedar"], flags=re.DOTALL
    )
    assert wide != files["civil-affairs.cedar"]
    with pytest.raises(PolicyError, match=r"leave 1000 values of Person\.name, each of which can be looked up"):
        bundle({**files, "civil-affairs.cedar": wide}, terms_text, CATALOGUE)
