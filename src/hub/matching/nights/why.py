"""Why a need got a resource in a run that is kept, or did not: from its prices, for every pair that there is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.matching.errors import NoSuchResource
from hub.matching.explanation import Because, Explanation, Verdict, explain
from hub.matching.nights.given import verdict
from hub.matching.nights.needs import read_needs
from hub.matching.nights.offers import over, read_offers
from hub.matching.nights.run import PURPOSE, read_run
from hub.matching.words import Words, in_words
from hub.process.calendar import day_of
from hub.store.audit import AuditRecord, own_record

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from hub.crypto import Vault
    from hub.matching.nights.material import Material
    from hub.matching.nights.offers import Offer
    from hub.matching.nights.run import NightTools
    from hub.store.audit import Connection
    from hub.store.pool import PooledConnection


async def explain_pair(tools: NightTools, beginning: str, need: UUID, resource: UUID) -> tuple[Explanation, Words]:
    """Return why, in numbers and in words; ``beginning``: of the run's id, or ``last``.

    Which criterion is not met is told as need and criteria are today. Raises ``NoSuchResource`` where the run had no
    such need, or no such resource; and as ``read_run`` does.
    """
    _, material = await read_run(tools, beginning)
    try:
        row, column = material.needs.index(need), material.resources.index(resource)
    except ValueError:
        raise NoSuchResource(
            "The run had no such need, or no such resource: it has needs that were open and covered by consent, and "
            "resources with units left, approved criteria and a partner that acts for them."
        ) from None
    proof = material.proof
    async with tools.pool.acquire() as connection:
        told = explain(material.instance, material.assigned, proof.prices, row, column)
        if told.because is Because.NOT_ELIGIBLE:
            found = await _verdict(tools, connection, need, resource)
            told = explain(material.instance, material.assigned, proof.prices, row, column, verdict=found)
        titles = await _titles(connection, material, told)
        person = await connection.fetchval("SELECT person_id FROM need WHERE id = $1", need)
    await tools.account(_record(tools, person, (f"Need.id={need}", f"CharityResource.id={resource}")))
    return told, in_words(told, lambda number: titles[number], lambda number: f"Need:{material.needs[number]}")


async def decide_one(connection: Connection, vault: Vault, offer: Offer, need: UUID, day: date) -> Verdict:
    """Return what the criteria of a resource say today of a need that is open, whatever is proposed for it.

    Of a need that consent does not cover nothing is known.
    """
    needs = await read_needs(
        connection, vault, [(offer.kind, offer.area)], day, which="n.status = 'OPEN'", needs=[need]
    )
    return verdict(needs, offer, 0) if len(needs) else Verdict(unknown=tuple(name for name, _ in offer.criteria.parts))


async def _verdict(tools: NightTools, connection: PooledConnection, need: UUID, resource: UUID) -> Verdict:
    day = day_of(datetime.now(UTC))
    offers = await read_offers(connection, tools.vault, tools.widths, day, tools.parameters.proposals.assessed)
    offer = next((each for each in offers.offers if each.id == resource), None)
    if offer is None:
        return Verdict()
    found = await read_needs(connection, tools.vault, [(offer.kind, offer.area)], day, needs=[need])
    if not len(found):
        return Verdict()
    tried = await over(connection, [need])
    return verdict(found, offer, 0, tried=need in tried.get(resource, ()))


async def _titles(connection: PooledConnection, material: Material, told: Explanation) -> dict[int, str]:
    """The titles of all resources that the words may name, by number."""
    numbers = {number for move in told.moves for number in (move.leaves, move.goes) if number is not None}
    numbers |= set() if told.gets is None else {told.gets}
    ids = [material.resources[number] for number in numbers]
    rows = await connection.fetch("SELECT id, title FROM charity_resource WHERE id = ANY($1)", ids)
    found = {row["id"]: row["title"] for row in rows}
    return {number: found.get(material.resources[number], str(material.resources[number])) for number in numbers}


def _record(tools: NightTools, person: UUID | None, asked: tuple[str, ...]) -> AuditRecord:
    subjects = b"" if person is None else tools.vault.id_tokens("audit subject")([person.bytes])
    return own_record(
        "match:why", 1, datetime.now(UTC), purpose=PURPOSE, subjects=subjects,
        literals=b"".join(map(tools.vault.token("audit literal"), asked)),
    )  # fmt: skip
