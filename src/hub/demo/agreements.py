"""The agreements that the demo's viewers need, made by the same steps as any other: asked for, accepted, delivered.

Which items a viewer asks for follows from the policies: all that they permit for one of its purposes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import Share
from hub.policy import ALL_GRANTED, Principal, visibility

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from datetime import date

    from hub.catalog import Catalogue, Entity
    from hub.demo.viewers import DemoViewer
    from hub.policy import Policies

    Ask = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
    """From a partner's name, a document and variables to the data of the answer, for the purpose data-sharing."""

PURPOSE: Final = "data-sharing"
DAYS: Final = 365
"""How long the demo's agreements are in force."""
BASIS: Final = "社会救助暂行办法第五十八条"
SCENARIO: Final = "演示：双鸭山市社会救助数据共享"
KNOWN: Final = """query($requester: String!, $on: Date!) {
  sharingRequests(first: 1000, where: {requester: {eq: $requester}, endsOn: {gte: $on}}) {
    nodes { id state version provider purpose items } } }"""
SUBMIT: Final = """mutation($input: SubmitSharingRequestInput!) {
  done: submitSharingRequest(input: $input) {
  sharingRequest { id state version } errors { ... on UserError { message } } } }"""
STEP: Final = """mutation($id: ID!, $version: Int!) {
  done: %sSharingRequest(input: {id: $id, expectedVersion: $version}) {
    sharingRequest { id state version } errors { ... on UserError { message } } } }"""
NEXT: Final = {"SUBMITTED": "accept", "AGREED": "deliver"}
"""The provider's next step on the way to an agreement in force, by state."""


@dataclass(frozen=True, slots=True)
class AgreementWanted:
    """What a viewer asks one department for. ``provider``: by the code list of departments."""

    requester: DemoViewer
    purpose: str
    provider: str
    items: tuple[str, ...]


class StepNotTaken(Exception):
    """The hub refused a step of its own demo; the text says why."""


def wanted(viewer: DemoViewer, policies: Policies, catalogue: Catalogue) -> Iterator[AgreementWanted]:
    """Yield what a viewer has to ask for: per purpose and provider, all items that policies would permit."""
    for purpose in viewer.purposes:
        asking = Principal(
            viewer.name, viewer.department, frozenset({viewer.role}), frozenset(viewer.regions), purpose, ALL_GRANTED
        )
        seen = visibility(policies, asking, catalogue)
        items: dict[str, list[str]] = {}
        for entity in sorted(catalogue, key=lambda entity: entity.name):
            shown = [
                f"{entity.name}.{name}"
                for name, member in entity.members.items()
                if name != "id"
                and entity.share_of(member) is Share.CONDITIONAL
                and seen.shows(entity.name, member.name)
            ]
            for provider in _to_be_asked(entity, viewer.department) if shown else ():
                items.setdefault(provider, []).extend(shown)
        for provider, listed in items.items():
            yield AgreementWanted(viewer, purpose, provider, tuple(listed))


def _to_be_asked(entity: Entity, own: str) -> tuple[str, ...]:
    """The departments whose agreement it takes."""
    providers = tuple(department.name for department in entity.departments)
    if "department" in entity.fields:  # each row is one department's
        return tuple(provider for provider in providers if provider != own)
    return () if own in providers else providers[:1]  # none where it is the hub's own


async def conclude(agreements: Sequence[AgreementWanted], partners: Sequence[DemoViewer], today: date, ask: Ask) -> int:
    """Put in force what is not yet; return how many. What was begun and not ended is taken up where it stands."""
    by_department = {partner.department: partner.name for partner in partners}
    made = 0
    known: dict[str, list[dict[str, Any]]] = {}
    for each in agreements:
        requester = each.requester.name
        if requester not in known:
            found = await ask(requester, KNOWN, {"requester": requester, "on": today.isoformat()})
            known[requester] = found["sharingRequests"]["nodes"]
        row = next((row for row in known[requester] if _is(row, each)), None)
        if row is None:
            row = await _taken(ask, requester, SUBMIT, {"input": _input(each, today)})
        while row["state"] in NEXT:
            given = {"id": row["id"], "version": row["version"]}
            row = await _taken(ask, by_department[each.provider], STEP % NEXT[row["state"]], given)
            made += row["state"] == "ACTIVE"
    return made


def _is(row: dict[str, Any], wanted: AgreementWanted) -> bool:
    """Whether the request is for this, and in force or on its way; a suspended one stays suspended."""
    return (
        row["state"] in (*NEXT, "ACTIVE", "SUSPENDED")
        and (row["provider"], row["purpose"]) == (wanted.provider, wanted.purpose)
        and set(row["items"]) == set(wanted.items)
    )


def _input(wanted: AgreementWanted, today: date) -> dict[str, Any]:
    return {
        "provider": wanted.provider,
        "items": list(wanted.items),
        "purpose": wanted.purpose,
        "regions": list(wanted.requester.regions),
        "method": "QUERY",
        "basis": BASIS,
        "scenario": SCENARIO,
        "startsOn": today.isoformat(),
        "endsOn": (today + timedelta(days=DAYS)).isoformat(),
    }


async def _taken(ask: Ask, partner: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    done = (await ask(partner, document, variables))["done"]
    if done["errors"]:
        raise StepNotTaken(done["errors"][0]["message"])
    row: dict[str, Any] = done["sharingRequest"]
    return row
