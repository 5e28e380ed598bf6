"""Asks the hub and the reference for what chance draws, page after page, and says how to see a difference again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graphql import parse, print_ast, validate

from property.documents import Drawing
from property.minimal import smallest

if TYPE_CHECKING:
    from collections import Counter
    from random import Random

    from hub.policy import Principal
    from property.answering import Pair
    from property.documents import Drawn

PAGES = 3
CELLS = 0.3
"""Of so many answers it is also asked what is decided of each cell; the data are the same."""
REFUSAL = len("the hub refused with HUB-000")
"""So much of a difference tells a refusal, and which, from another refusal. Paths differ as parts are left out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A document whose two answers differ, and where."""

    principal: Principal
    text: str
    variables: dict[str, Any]
    nulls: bool
    found: str
    cells: bool = False

    async def described(self, pair: Pair) -> str:
        """The smallest document that shows it, with the drawn one."""
        small = await self.smallest(pair)
        return "\n".join(
            (
                self.found,
                f"viewer: {self.principal}",
                f"smallest document: {small.found}",
                print_ast(parse(small.text)),
                f"variables: {small.variables}",
                f"as it was drawn: {self.text}",
                f"variables: {self.variables}",
            )
        )

    async def smallest(self, pair: Pair) -> Difference:
        """The same difference without whatever can be left out of the document."""

        async def fails(text: str, variables: dict[str, Any]) -> bool:
            return self.alike(await self._of(pair, text, variables))

        text, variables = await smallest(self.text, self.variables, pair.schema(self.principal), fails)
        found = await self._of(pair, text, variables) or self.found
        return replace(self, text=text, variables=variables, found=found)

    async def again(self, pair: Pair) -> str | None:
        """The difference that the same document shows elsewhere, if any."""
        return await self._of(pair, self.text, self.variables)

    async def _of(self, pair: Pair, text: str, variables: dict[str, Any]) -> str | None:
        compared = await pair.compare(text, variables, self.principal, nulls=self.nulls, cells=self.cells)
        return compared.difference

    def alike(self, found: str | None) -> bool:
        """Whether another document's difference is of the same kind."""
        data = self.found.startswith("data")
        return found is not None and (found.startswith("data") if data else found[:REFUSAL] == self.found[:REFUSAL])


async def ask_drawn(random: Random, pair: Pair, principal: Principal, counts: Counter[str]) -> Difference | None:
    """Ask for a drawn document, and for further pages by the cursors that it gives; ``counts``: of answers."""
    drawn = draw(random, pair, principal)
    for turn in range(PAGES):
        cells = random.random() < CELLS
        compared = await pair.compare(drawn.text, drawn.variables, principal, nulls=drawn.nulls, cells=cells)
        if compared.difference is not None:
            return Difference(principal, drawn.text, drawn.variables, drawn.nulls, compared.difference, cells)
        kind = "answered" if compared.refusal is None else "refused"
        counts["too large" if compared.refusal == "HUB-108" else kind] += 1
        if not (turn_page(random, drawn, compared.stood) or (turn == 0 and drawn.others)):
            break
        # Now there is a plan, kept for variables of this shape and no other.
        drawn.variables.update(drawn.others if turn == 0 and not any_cursor(drawn) else {})
    return None


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
