"""Documents drawn by chance: the hub's answer is graphql-core's answer over plain resolvers, key by key.

HUB_PROPERTY_DOCUMENTS says how many (default 300), HUB_PROPERTY_SEED repeats a run.
"""

from __future__ import annotations

import os
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from graphql import parse, print_ast, validate

from hub.runtime import running
from hub.settings import Settings
from property import policies
from property.answering import DRAWN_VIEWERS, VIEWERS, Pair, pairs
from property.documents import Drawing
from property.irregular import fill
from property.minimal import smallest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hub.policy import Principal
    from property.documents import Drawn

DOCUMENTS = int(os.environ.get("HUB_PROPERTY_DOCUMENTS", "300"))
SEED = os.environ.get("HUB_PROPERTY_SEED") or f"{SystemRandom().getrandbits(48):x}"
PAGES = 3
SHIPPED = 0.6
REFUSAL = len("the hub refused with HUB-000")
"""So much of a difference tells a refusal, and which, from another refusal. Paths differ as parts are left out."""


@pytest_asyncio.fixture(scope="module")
async def both(migrated_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Pair, Pair]]:
    home: Path = tmp_path_factory.mktemp("property")
    async with running(Settings.load(home=home, database_url=migrated_url)) as runtime:
        await fill(runtime.pool, runtime.vault, chance(SEED))
        directory = runtime.settings.schema_directory / "policies"
        drawn = policies.Drawing(chance(SEED)).bundle((directory / "purposes.yaml").read_text(encoding="utf-8"))
        yield await pairs(runtime, drawn)


@pytest.mark.timeout(3600)
async def test_drawn_documents_are_answered_as_plain_resolvers_would(both: tuple[Pair, Pair]) -> None:
    counts = {"answered": 0, "refused": 0, "too large": 0}
    for number in range(DOCUMENTS):
        random = chance(f"{SEED}:{number}")
        pair, viewers = (both[0], VIEWERS) if random.random() < SHIPPED else (both[1], DRAWN_VIEWERS)
        principal = random.choice(viewers)
        drawn = draw(random, pair, principal)
        for turn in range(PAGES):
            compared = await pair.compare(drawn.text, drawn.variables, principal, nulls=drawn.nulls)
            if compared.difference is not None:
                pytest.fail(await described(pair, drawn, principal, number, compared.difference))
            kind = "answered" if compared.refusal is None else "refused"
            counts["too large" if compared.refusal == "HUB-108" else kind] += 1
            if not (turn_page(random, drawn, compared.stood) or (turn == 0 and drawn.others)):
                break
            # Now there is a plan, kept for variables of this shape and no other.
            drawn.variables.update(drawn.others if turn == 0 and not any_cursor(drawn) else {})
    print(f"\nseed {SEED}: {counts}")  # noqa: T201 - what was compared, for whoever runs it by hand
    assert counts["answered"] > DOCUMENTS * 0.8


def chance(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - what is drawn must be drawn again from the same seed


def draw(random: Random, pair: Pair, principal: Principal) -> Drawn:
    """A valid document. Equal keys with different arguments are what chance may draw and validation refuses."""
    schema = pair.schema(principal)
    while True:
        drawn = Drawing(random, schema, pair.store, pair.rights(principal)).document()
        if not validate(schema, parse(drawn.text)):
            return drawn


def any_cursor(drawn: Drawn) -> bool:
    """Whether it goes on from a cursor, which belongs to the variables that it was given for."""
    return any(drawn.variables.get(name) for pages in drawn.cursors for name in (pages.after, pages.before))


def turn_page(random: Random, drawn: Drawn, stood: dict[str, frozenset[str]]) -> bool:
    """Go on from cursors that the answer gave; False if it gave none."""
    turned = False
    for pages in drawn.cursors:
        known = sorted(cursor for cursor, variables in stood.items() if pages.after in variables)
        if not known:
            continue
        turned = True
        size, other = random.sample((pages.first, pages.last), 2)
        drawn.variables[size] = random.randrange(1, 5)
        drawn.variables[other] = None
        for name in random.choice(((pages.after,), (pages.before,), (pages.after, pages.before))):
            drawn.variables[name] = random.choice(known)
    return turned


async def described(pair: Pair, drawn: Drawn, principal: Principal, number: int, difference: str) -> str:
    """The smallest document that shows a difference, and how to see it again."""

    def alike(found: str | None) -> bool:
        data = difference.startswith("data")
        return found is not None and (found.startswith("data") if data else found[:REFUSAL] == difference[:REFUSAL])

    async def fails(text: str, variables: dict[str, Any]) -> bool:
        return alike((await pair.compare(text, variables, principal, nulls=drawn.nulls)).difference)

    text, variables = await smallest(drawn.text, drawn.variables, pair.schema(principal), fails)
    smaller = (await pair.compare(text, variables, principal, nulls=drawn.nulls)).difference
    return "\n".join(
        (
            f"document {number} with HUB_PROPERTY_SEED={SEED}: {difference}",
            f"viewer: {principal}",
            f"smallest document: {smaller}",
            print_ast(parse(text)),
            f"variables: {variables}",
            f"as it was drawn: {drawn.text}",
            f"variables: {drawn.variables}",
        )
    )
