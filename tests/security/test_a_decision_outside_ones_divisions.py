"""Attack: as a county's clerk, decide about the data of the whole city."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.auth import issue_token
from hub.process.calendar import day_of
from hub.store import partners

WHY = "超出约定用途使用数据"
COUNTY = "230502"
CITY = "2305"
CLERKS = {"county-civil-affairs": "civil-affairs", "county-data-authority": "data-authority"}


@pytest.fixture
async def county(acting):
    """Two clerks of one county: of the providing department, and of the data authority."""
    now = datetime.now(UTC)
    for name, role in CLERKS.items():
        if name not in acting.tokens:
            await partners.add_partner(
                acting.runtime.pool, name=name, title=name, department=role, roles=[role], regions=[COUNTY],
                purposes=["data-sharing"], now=now,
            )  # fmt: skip
            acting.tokens[name] = (await issue_token(acting.runtime.pool, name, now)).text
    return acting


async def asked(acting, region):
    """A request for the data of a division, just submitted."""
    today = day_of(datetime.now(UTC))
    given = {
        "provider": "CIVIL_AFFAIRS", "items": ["Recipient.category"], "purpose": "benefit-coordination",
        "regions": [region], "method": "QUERY", "basis": "社会救助暂行办法第五十八条",
        "scenario": "核对养老金与救助待遇是否重复", "startsOn": today.isoformat(),
        "endsOn": (today + timedelta(days=90)).isoformat(),
    }  # fmt: skip
    return (await acting.taken("social-security", "submit", given))["id"]


async def refused(acting, partner, step, row, given, state):
    payload = await acting.step(partner, f"{step}SharingRequest", {"id": row, **given})
    assert payload["sharingRequest"] is None
    [error] = payload["errors"]
    assert error["__typename"] == "StepRefused"
    assert f"Division {CITY} is not in your charge" in error["message"]
    assert await acting.runtime.pool.fetchval(
        "SELECT state FROM sharing_request WHERE id = $1::text::uuid", row.split(":")[1]
    ) == state  # fmt: skip


async def test_a_county_of_the_provider_decides_nothing_for_the_city(county):
    row = await asked(county, CITY)
    for step, given in (
        ("accept", {}),
        ("refuse", {"refusalReasons": WHY}),
        ("extend", {"extensionReasons": WHY}),
        ("sendBack", {"gaps": WHY}),
    ):
        await refused(county, "county-civil-affairs", step, row, given, "SUBMITTED")
    await county.taken("civil-affairs", "accept", {"id": row})
    await refused(county, "county-civil-affairs", "deliver", row, {}, "AGREED")


async def test_a_county_of_the_data_authority_decides_nothing_for_the_city(county):
    row = await asked(county, CITY)
    await county.taken("civil-affairs", "refuse", {"id": row, "refusalReasons": WHY})
    await county.taken("social-security", "dispute", {"id": row, "disputeGrounds": WHY})
    for step in ("overrule", "uphold"):
        await refused(county, "county-data-authority", step, row, {"ruling": WHY}, "DISPUTED")
    await county.taken("data-authority", "overrule", {"id": row, "ruling": WHY})
    await county.taken("civil-affairs", "deliver", {"id": row})
    await refused(county, "county-data-authority", "suspend", row, {"suspensionReasons": WHY}, "ACTIVE")
    await county.taken("data-authority", "suspend", {"id": row, "suspensionReasons": WHY})
    await refused(county, "county-data-authority", "resume", row, {"ruling": WHY}, "SUSPENDED")


async def test_a_county_decides_for_itself(county):
    row = await asked(county, COUNTY)
    await county.taken("county-civil-affairs", "accept", {"id": row})
    await county.taken("county-civil-affairs", "deliver", {"id": row})
    await county.taken("county-data-authority", "suspend", {"id": row, "suspensionReasons": WHY})
