"""What each role gets for each purpose, and what another bundle changes of it."""

from __future__ import annotations

import pytest

from hub.domain import CATALOGUE
from hub.policy import bundle
from hub.policy.matrix import differences_between, matrix
from hub.policy.source import statements

HEAD = '@id("p") permit (principal in Role::"charity", action == Action::"read", resource is Need)'
BASE = f'{HEAD} when {{ context.purpose == "charity-matching" }} when {{ CONDITION }};'


def of(terms_text: str, condition: str = "true", more: str = ""):
    return bundle({"x.cedar": BASE.replace("CONDITION", condition) + more}, terms_text, CATALOGUE)


def changes(terms_text: str, old: str, new: str) -> set[str]:
    found = list(differences_between(of(terms_text, old), of(terms_text, new), CATALOGUE))
    assert {each.role for each in found} <= {"charity"}
    assert {each.purpose for each in found} <= {"charity-matching"}
    assert {each.entity for each in found} <= {"Need"}
    return {each.change for each in found}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("true", "true", None),
        ("resource.consented", "true", "wider"),
        ("true", "resource.consented", "narrower"),
        ("resource.consented", "!resource.consented", "other rows"),
        ('resource.status == "OPEN"', '["OPEN", "MET"].contains(resource.status)', "wider"),
        ('resource has region && resource.region in Division::"2305"',
         'resource has region && resource.region in Division::"230502"', "narrower"),
        ('resource has created_on && resource.created_on > datetime("2026-01-01")',
         'resource has created_on && resource.created_on >= datetime("2026-01-01")', "wider"),
        ('resource has created_on && resource.created_on > datetime("2026-01-01")',
         'resource has created_on && resource.created_on >= datetime("2026-01-03")', "narrower"),
        ('resource has created_on && resource.created_on > datetime("2026-01-01")',
         'resource has created_on && resource.created_on != datetime("2026-01-01")', "wider"),
        ("resource.consented || resource has region", "resource.consented && resource has region", "narrower"),
        ("false", "resource.consented", "wider"),
        ("resource.consented", "false", "narrower"),
    ],
)  # fmt: skip
def test_a_change_is_called_wider_where_any_row_is_won_and_narrower_where_only_rows_are_lost(
    old: str, new: str, change: str | None, terms_text: str
) -> None:
    assert changes(terms_text, old, new) == ({change} if change else set())


def test_a_role_that_gets_a_purpose_gets_rights_with_it(terms_text: str) -> None:
    more = terms_text.replace("purposes: [charity-matching, data-sharing]", "purposes: [data-sharing]")
    assert more != terms_text
    with_it, without = (
        bundle({"x.cedar": BASE.replace("CONDITION", "true")}, text, CATALOGUE) for text in (terms_text, more)
    )
    assert {each.change for each in differences_between(without, with_it, CATALOGUE)} == set()
    forbids = (
        '@id("f") @reason("x") @reason_zh("因") forbid (principal, action, resource)'
        " unless { principal.purposes.contains(context.purpose) };"
    )
    with_it, without = (
        bundle({"x.cedar": BASE.replace("CONDITION", "true") + forbids}, text, CATALOGUE) for text in (terms_text, more)
    )
    assert {each.change for each in differences_between(without, with_it, CATALOGUE)} == {"wider"}


def test_a_cell_says_how_a_field_is_shown_and_what_else_may_be_done_with_it(terms_text: str) -> None:
    masked = """
    @id("people")
    permit (principal in Role::"social-security", action in [Action::"read", Action::"sort"], resource is Person)
    when { context.purpose == "means-check" && ["id", "sex"].contains(context.field) }
    when { resource has region && resource.region in principal.prefectures };
    @id("masked") permit (principal in Role::"social-security", action == Action::"readMasked", resource is Person)
    when { context.purpose == "means-check" && context.field == "id_number" }
    when { resource has region && resource.region in principal.regions };
    """
    cells = {
        (each.purpose, each.item): each
        for each in matrix(of(terms_text, more=masked), CATALOGUE, frozenset({"social-security"}))
        if each.entity == "Person"
    }
    assert {purpose for purpose, _ in cells} == {"means-check"}
    assert cells["means-check", "sex"].shown == "plain"
    assert cells["means-check", "id_number"].shown == "some masked"
    assert cells["means-check", "name"].shown == "no"
    assert cells["means-check", "id"].rows == "region is known and region within its prefectures"
    number = cells["means-check", "id_number"]
    assert number.policies == ("masked",)
    assert number.left is not None
    assert number.left > 100
    assert not number.too_few
    assert "region" in number.beside


def test_a_mask_that_leaves_too_few_values_and_says_why_is_marked(terms_text: str) -> None:
    narrow = """
    @id("people") permit (principal in Role::"social-security", action == Action::"read", resource is Person)
    when { ["id", "birth_date", "region"].contains(context.field) };
    @id("masked") permit (principal in Role::"social-security", action == Action::"readMasked", resource is Person)
    when { context.field == "id_number" };
    @id("tried") @narrowing("pensions are paid by the number")
    permit (principal in Role::"social-security", action == Action::"lookup", resource is Person)
    when { context.field == "id_number" };
    """
    [cell, *_] = [
        each
        for each in matrix(of(terms_text, more=narrow), CATALOGUE, frozenset({"social-security"}))
        if (each.entity, each.item) == ("Person", "id_number")
    ]
    assert cell.too_few
    assert cell.left == 1000
    assert cell.beside == ("birth_date", "region")
    assert "lookup" in cell.uses


def test_statements_of_a_file_are_told_apart_by_their_own_semicolons() -> None:
    text = (
        '// one; "two\n@id("a;b") permit (principal, action, resource) // ; "\n'
        'when { "x;\\";" == "//" };\n\n@id("c") forbid'
    )
    first, second = statements(text)
    assert (first.line, first.id) == (2, "a;b")
    assert first.text.endswith('== "//" };')
    assert (second.line, second.id, second.text) == (5, "c", '@id("c") forbid')
    assert list(statements("// nothing\n\n")) == []
