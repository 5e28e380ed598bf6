"""Attack: look up usual names, one after the other, with the id of somebody whose name is masked."""

from __future__ import annotations

import pytest

from hub.errors import HubError
from seeded_hub import COUNTY, DISTRICT, SOCIAL_SECURITY

GUESS = "query ($who: [ID!], $name: String!) { people(where: {id: {in: $who}, name: {eq: $name}}) { totalCount } }"
MASKED = "query ($of: RegionCode) { people(first: 1000, where: {region: {within: $of}}) { nodes { id name region } } }"


async def names_of(seeded):
    """Everybody whom the county's bureau sees: by id, name as it is shown, and whether it is the whole name."""
    rows = (await seeded.ask(COUNTY, MASKED, {"of": "2305"}))["people"]["nodes"]
    own = {row["id"]: row["name"] for row in rows if row["region"].startswith(DISTRICT)}
    around = {row["id"]: row["name"] for row in rows if not row["region"].startswith(DISTRICT)}
    assert own
    assert around
    assert all(name.endswith("***") for name in around.values())
    return own, around


async def test_no_name_of_another_district_answers_to_a_guess(seeded):
    own, around = await names_of(seeded)
    real = {f"Person:{row['id']}": row["name"] for row in seeded.rows["Person"]}
    for who in list(around)[:40]:
        # The best guess that there is: the right one.
        found = await seeded.ask(COUNTY, GUESS, {"who": [who], "name": real[who]})
        assert found["people"]["totalCount"] == 0
    for who in list(own)[:5]:
        found = await seeded.ask(COUNTY, GUESS, {"who": [who], "name": real[who]})
        assert found["people"]["totalCount"] == 1


async def test_nor_across_a_link_nor_by_what_a_list_leaves_out(seeded):
    _, around = await names_of(seeded)
    real = {f"Person:{row['id']}": row["name"] for row in seeded.rows["Person"]}
    asked = "query ($who: [ID!], $name: String!) { %s { totalCount } }"
    across = asked % "recipients(where: {person: {id: {in: $who}, name: {eq: $name}}})"
    without = asked % "people(where: {id: {in: $who}, not: {name: {eq: $name}}})"
    for who in list(around)[:20]:
        assert (await seeded.ask(COUNTY, across, {"who": [who], "name": real[who]}))["recipients"]["totalCount"] == 0
        told = {
            (await seeded.ask(COUNTY, without, {"who": [who], "name": name}))["people"]["totalCount"]
            for name in (real[who], "不是这个名字")
        }
        assert len(told) == 1


async def test_a_telephone_number_of_another_district_finds_nobody_and_an_id_number_does(seeded):
    _, around = await names_of(seeded)
    people = [row for row in seeded.rows["Person"] if f"Person:{row['id']}" in around and row["phone"]][:10]
    assert people
    query = "query ($phone: String!) { people(where: {phone: {eq: $phone}}) { totalCount } }"
    for person in people:
        assert (await seeded.ask(COUNTY, query, {"phone": person["phone"]}))["people"]["totalCount"] == 0
    found = await seeded.ask(
        COUNTY, "query ($n: String!) { person(idNumber: $n) { id name } }", {"n": people[0]["id_number"]}
    )
    assert found["person"]["id"] == f"Person:{people[0]['id']}"


async def test_social_security_cannot_look_names_up_at_all(seeded):
    with pytest.raises(HubError, match="You may not look up Person by name"):
        await seeded.ask(SOCIAL_SECURITY, GUESS, {"who": [], "name": "王伟"})
