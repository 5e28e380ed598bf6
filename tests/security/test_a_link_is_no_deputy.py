"""Attack: reach by links, from rows that one may see, what one may not see oneself (the confused deputy)."""

from __future__ import annotations

import pytest

from hub.domain import CATALOGUE
from seeded_hub import AUDITOR, CHARITY, COUNTY, SOCIAL_SECURITY

ROOTS = [entity for entity in CATALOGUE if entity.root is not None]
DEPTH = 2
"""Links followed from a row of a list: each entity is reached from every other that leads to it, and back."""


async def shown(seeded, principal):
    """The ids of all rows that the viewer's own lists show, by entity; entities that do not exist for it have none."""
    found = {}
    existing = seeded.runtime.engine.schemas.documents(principal).schema.type_map
    for entity in ROOTS:
        if entity.name not in existing:
            continue
        ids, after = set(), "null"
        while True:
            page = f"first: 1000, after: {after}"
            parts = "nodes { id } pageInfo { endCursor hasNextPage }"
            rows = (await seeded.ask(principal, f"{{ rows: {entity.root}({page}) {{ {parts} }} }}"))["rows"]
            if rows is None:
                break
            ids |= {row["id"] for row in rows["nodes"]}
            if not rows["pageInfo"]["hasNextPage"]:
                break
            after = f'"{rows["pageInfo"]["endCursor"]}"'
        found[entity.name] = ids
    return found


def selection(entity, existing, depth):
    """The ids of a row and of all that it leads to."""
    parts = ["id"]
    for item in (*entity.links.values(), *entity.many.values()) if depth else ():
        if item.target not in existing:
            continue
        below = selection(CATALOGUE[item.target], existing, depth - 1)
        to_many = item.name in entity.many and not entity.many[item.name].plain
        text = f"(first: 5) {{ nodes {below} }}" if to_many else below
        parts.append(f"{item.graphql} {text}")
    return "{ " + " ".join(parts) + " }"


def ids_in(value):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "id":
                yield item
            else:
                yield from ids_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from ids_in(item)


@pytest.mark.parametrize("principal", [COUNTY, SOCIAL_SECURITY, CHARITY, AUDITOR], ids=lambda who: who.name)
async def test_whatever_links_lead_to_is_shown_by_ones_own_list_too(seeded, principal):
    own = await shown(seeded, principal)
    existing = seeded.runtime.engine.schemas.documents(principal).schema.type_map
    reached = 0
    for name in own:
        document = f"{{ {CATALOGUE[name].root}(first: 60) {{ nodes {selection(CATALOGUE[name], existing, DEPTH)} }} }}"
        for row in ids_in(await seeded.ask(principal, document)):
            kind = row.partition(":")[0]
            reached += 1
            if kind in own:
                assert row in own[kind], f"{row} from {name}"
            else:
                assert CATALOGUE[kind].root is None, f"{row} from {name}"
    assert reached > sum(map(len, own.values())) > 0 or principal in (CHARITY, AUDITOR)


async def test_a_row_that_is_reached_by_its_id_leads_no_further_than_the_list(seeded):
    own = await shown(seeded, COUNTY)
    existing = seeded.runtime.engine.schemas.documents(COUNTY).schema.type_map
    hidden = [f"Household:{row['id']}" for row in seeded.rows["Household"]]
    hidden = [row for row in hidden if row not in own["Household"]]
    everything = [*hidden[:40], *sorted(own["Household"])[:40]]
    below = selection(CATALOGUE["Household"], existing, DEPTH)
    found = await seeded.ask(
        COUNTY,
        f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Household {below} }} }}",
        {"ids": everything},
    )
    for row in ids_in(found):
        kind = row.partition(":")[0]
        assert kind not in own or row in own[kind]
