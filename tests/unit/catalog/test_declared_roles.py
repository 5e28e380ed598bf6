"""What entities are to each other for synchronisation stands in their declarations, and is checked at start."""

from __future__ import annotations

import pytest

from hub.catalog import (
    DeclarationError,
    Group,
    IdNumber,
    OnDays,
    Segment,
    Sensitivity,
    Share,
    Text,
    build,
    entity,
    field,
    link,
    links,
)
from hub.domain import CATALOGUE

SAID = {"zh": "样", "en": "A sample"}
ENTITY = SAID | {"provider": "民政", "frequency": "每日", "share": Share.CONDITIONAL, "conditions": "测试"}


def number(**changes):
    given = {"sealed": True, "lookup": True, "unique": True, "group": Group.IDENTITY, "segments": (Segment(18, 10**9),)}
    return field(IdNumber, Sensitivity.SENSITIVE, **(SAID | given | changes))


def declared(name, *, members=None, **options):
    return entity(**ENTITY, **options)(type(name, (), members or {}))


def sample(*, person=None, finding=None, unique=True):
    """A person, a home, what joins them, and what is reported of a person."""
    roles = {"subject": "Owner", "identified_by": "number", "belongs_to": "homes"} | (person or {})
    homes = links("Home", through="Lodging", by="owner", to="home", **SAID)
    return build(
        [
            declared("Owner", members={"number": number(unique=unique), "homes": homes}, **roles),
            declared("Home", members={
                "checked": field(OnDays, Sensitivity.INTERNAL, nullable=False, **SAID),
                "note": field(Text, Sensitivity.INTERNAL, **SAID),
            }),
            declared("Lodging", members={"owner": link("Owner", **SAID), "home": link("Home", **SAID)}),
            declared(
                "Report", members={"owner": link("Owner", **SAID)},
                **({"subject": "owner", "authorised_by": "checked"} | (finding or {})),
            ),
        ]
    )  # fmt: skip


def test_the_entity_that_sources_name_by_a_number_is_found():
    assert sample().identified.name == "Owner"
    assert CATALOGUE.identified.name == "Person"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"person": {"identified_by": "name"}}, "leads to 'name', which is not declared"),
        ({"unique": False}, "which is not unique with a look-up"),
        ({"person": {"belongs_to": "flats"}}, "leads to 'flats', which is not declared"),
        ({"finding": {"subject": None}}, "Report is authorised, but its subject is nobody"),
        ({"finding": {"authorised_by": "seen_on"}}, "leads to 'seen_on', which is not declared"),
        ({"finding": {"authorised_by": "note"}}, "is authorised by note, which holds on no certain days"),
    ],
)
def test_roles_that_lead_nowhere_are_refused_at_start(changes, said):
    with pytest.raises(DeclarationError, match=said):
        sample(**changes)


def test_two_kinds_of_people_are_refused():
    others = [declared(name, members={"number": number()}, identified_by="number") for name in ("One", "Two")]
    with pytest.raises(DeclarationError, match="One and Two are both identified"):
        build(others)


def test_tables_are_filled_in_the_order_of_their_links():
    order = CATALOGUE.filling_order
    assert set(order) == set(CATALOGUE.entities)
    for owner in CATALOGUE:
        for item in owner.stored_links.values():
            assert item.target == owner.name or order.index(item.target) < order.index(owner.name)


def test_links_in_a_circle_are_refused_and_named():
    chicken = declared("Chicken", members={"egg": link("Egg", **SAID)})
    egg = declared("Egg", members={"chicken": link("Chicken", **SAID)})
    with pytest.raises(DeclarationError, match=r"in a circle.*(Chicken → Egg|Egg → Chicken)"):
        build([chicken, egg])


def test_a_versioned_entity_has_the_field_version_and_may_not_declare_its_own():
    assert declared("Counted", members={}, versioned=True).fields["version"].nullable is False
    with pytest.raises(DeclarationError, match=r"Counted\.version is declared by the toolkit"):
        declared("Counted", members={"version": field(Text, Sensitivity.INTERNAL, **SAID)}, versioned=True)
