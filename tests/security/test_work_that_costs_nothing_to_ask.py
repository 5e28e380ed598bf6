"""What is cheap to send and dear to do is bounded before it is done."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest

from hub.catalog import normalise
from hub.catalog.normalise import LONGEST_NAME, NotNormal

SLOW = "a" + "\u0315\u0300" * 20_000
"""Marks in the wrong order: Unicode normalisation sorts them, in time with the square of their number."""


@pytest.mark.parametrize("form", [normalise.id_number, normalise.phone, normalise.name])
def test_a_text_too_long_for_what_it_should_be_is_refused_before_it_is_normalised(form, monkeypatch):
    sizes = []
    real = normalise.unicodedata.normalize
    monkeypatch.setattr(
        normalise.unicodedata, "normalize", lambda kind, text: (sizes.append(len(text)), real(kind, text))[1]
    )

    with pytest.raises(NotNormal):
        form(SLOW)

    assert max(sizes, default=0) <= LONGEST_NAME


async def test_a_look_up_of_such_a_text_is_refused(ask):
    error = await ask.refusal(
        "civil-affairs", "query ($n: String!) { person(idNumber: $n) { id } }", {"n": SLOW[:9_000]}
    )

    assert error["extensions"]["code"] == "HUB-105"


async def test_filters_with_very_many_tests_are_not_planned(ask):
    where = {"or": [{"household": {"size": {"gt": size}}} for size in range(150)]}
    error = await ask.refusal(
        "civil-affairs", "query ($w: RecipientWhere) { recipients(where: $w) { totalCount } }", {"w": where}
    )

    assert error["extensions"]["code"] == "HUB-134"
    assert "200" in error["message"]


async def test_a_filter_used_under_many_names_is_counted_each_time(ask):
    where = {"or": [{"region": {"within": f"{code}"}} for code in range(230500, 230560)]}
    fields = " ".join(f"a{at}: recipients(where: $w, first: 1) {{ totalCount }}" for at in range(8))
    error = await ask.refusal("civil-affairs", f"query ($w: RecipientWhere) {{ {fields} }}", {"w": where})

    assert error["extensions"]["code"] == "HUB-134"


async def test_a_list_of_very_many_values_is_refused(ask):
    codes = [f"23{at:04}" for at in range(1_001)]
    error = await ask.refusal(
        "civil-affairs",
        "query ($c: [RegionCode!]) { recipients(where: {region: {in: $c}}) { totalCount } }",
        {"c": codes},
    )

    assert error["extensions"]["code"] == "HUB-105"
    assert "1000" in error["message"]


async def test_a_time_outside_every_calendar_is_the_clients_error(ask):
    query = "query ($t: DateTime) { meansChecks(where: {checkedAt: {gt: $t}}) { totalCount } }"
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert (await ask.post("civil-affairs", query, {"t": moment})).status_code == 400


async def test_silent_connections_do_not_shut_others_out(ask):
    parts = urlsplit(ask.hub.url)
    silent = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(300)]
    try:
        assert (await ask.data("charity", "{ __typename }")) == {"__typename": "Query"}
    finally:
        for _, writer in silent:
            writer.close()
