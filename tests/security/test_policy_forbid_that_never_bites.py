"""Cedar skips a forbid whose condition fails, and one that is misspelt never applies: both must stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.domain import CATALOGUE
from hub.policy import PolicyError, bundle

TERMS = (Path(__file__).parents[2] / "schema" / "policies" / "purposes.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ('resource.region in Division::"2305"', "unable to guarantee safety of access to optional attribute `region`"),
        ("resource.approved", "attribute `approved`"),
        ("context.reason == 1", "attribute `reason`"),
        ("resource has regoin && resource.regoin in principal.regions", "no row .* has the attribute regoin"),
        ("resource has urgency", "no row .* has the attribute urgency"),
        ('context.purpose == "charity-maching"', "context.purpose is never 'charity-maching'"),
        ('"charity-maching" != context.purpose', "context.purpose is never 'charity-maching'"),
        ('context.field == "descripton"', "context.field is never 'descripton'"),
        ('["kind", "descripton"].contains(context.field)', "context.field is never 'descripton'"),
        ('!(["public", "internl"].contains(context.class))', "context.class is never 'internl'"),
        ('context.kind == "links"', "context.kind is never 'links'"),
        ('resource.status == "open"', "resource.status is never 'open'"),
        ('if context.granted then ["OPEN", "MEET"].contains(resource.status) else true', "status is never 'MEET'"),
        ('resource has region && resource.region == Division::"23050"', "resource.region is never '23050'"),
        ('resource has region && resource.region in [Division::"Jianshan"]', "resource.region is never 'Jianshan'"),
    ],
)  # fmt: skip
def test_a_forbid_that_could_not_bite_is_refused(condition: str, message: str) -> None:
    why = '@reason("because") @reason_zh("因")'
    text = f'@id("p") {why} forbid (principal, action, resource is Need) when {{ {condition} }};'
    with pytest.raises(PolicyError, match=message):
        bundle({"x.cedar": text}, TERMS, CATALOGUE)


def test_a_field_of_another_entity_is_no_field_of_this_one() -> None:
    text = '@id("p") permit (principal, action, resource is Need) when { context.field == "id_number" };'
    with pytest.raises(PolicyError, match=r"context\.field is never 'id_number'"):
        bundle({"x.cedar": text}, TERMS, CATALOGUE)
