"""Whether the sides answer the same: nothing is measured before they do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asking import ask
from workload import GRAPHILE, HUB

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from peers import Sides
    from workload import Workload

SEALED = frozenset({"name", "idNumber", "phone", "address", "value", "amount"})
TYPES = ("Recipient:", "Household:", "Person:")


async def check(sides: Sides, workload: Workload) -> None:
    """Stop unless all sides give the same for every variant of the workload.

    How a page's end is marked is each side's own business, and PostGraphile gives sealed fields as they are kept.
    """
    requests = {side: sides.requests(workload, side) for side in sides.servers}
    for at in range(len(requests[HUB])):
        found = {side: await ask(sides.servers[side].port, requests[side][at]) for side in sides.servers}
        if not any(found[HUB].values()):
            raise SystemExit(f"{workload.name} {at}: the hub finds nothing")
        whole = shaped(found[HUB], sealed=True)
        plain = shaped(found[HUB], sealed=False)
        for side, data in found.items():
            if workload.name == "stats":
                same = counts(found[HUB], data)
            elif side == GRAPHILE:
                same = shaped(graphile_lists(data), sealed=False) == plain
            else:
                same = shaped(data, sealed=True) == whole
            if not same:
                raise SystemExit(f"{workload.name} {at}: the hub and {side} differ:\n{found[HUB]}\n{data}")


async def differing(requests: Mapping[int, Sequence[bytes]]) -> int:
    """Ask two hubs, by port, the same; return how many of their answers differ."""
    (one, asked), (other, also) = requests.items()
    pairs = [(await ask(one, first), await ask(other, second)) for first, second in zip(asked, also, strict=True)]
    if not all(first and any(first.values()) for first, _ in pairs):
        raise SystemExit("the hub finds nothing")
    return sum(shaped(first, sealed=True) != shaped(second, sealed=True) for first, second in pairs)


def shaped(value: Any, *, sealed: bool) -> Any:
    """An answer without what each side spells in its own way: types before ids, offsets of times, cursors."""
    if isinstance(value, dict):
        left_out = {"endCursor"} if sealed else {"endCursor", *SEALED}
        return {key: shaped(each, sealed=sealed) for key, each in value.items() if key not in left_out}
    if isinstance(value, list):
        return [shaped(each, sealed=sealed) for each in value]
    if isinstance(value, str):
        for prefix in TYPES:
            value = value.removeprefix(prefix)
        if "T" in value and ":" in value:
            return datetime.fromisoformat(value).astimezone(UTC)
    return value


def graphile_lists(value: Any) -> Any:
    """PostGraphile's members and findings as the hub has them: a member's person is the node, a list is a list."""
    if isinstance(value, list):
        return [graphile_lists(each) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"node"} and "relationship" in value["node"]:
        return {"relationship": value["node"]["relationship"], "node": graphile_lists(value["node"]["person"])}
    return {key: graphile_lists(each["nodes"] if key == "findings" else each) for key, each in value.items()}


def counts(hub: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether the numbers that the hub shows are the other's too; it withholds those of small groups."""
    expected, found = figures(hub), figures(other)
    return all(found.get(group) == numbers for group, numbers in expected.items() if numbers[0] is not None)


def figures(data: dict[str, Any]) -> dict[tuple[str | None, str | None], tuple[Any, ...]]:
    """The numbers by category and county, and the total's."""
    if "recipientStats" in data:
        stats = data["recipientStats"]
        rows = {(each["category"], each["regionCounty"]): numbers(each, each["count"]) for each in stats["groups"]}
        return {**rows, (None, None): (stats["total"]["count"],)}
    stats = data["recipients"]
    rows = {tuple(each["keys"]): numbers(each, int(each["count"]["rowId"])) for each in stats["groups"]}
    return {**rows, (None, None): (int(stats["total"]["count"]["rowId"]),)}


def numbers(group: dict[str, Any], count: int | None) -> tuple[Any, ...]:
    """Count, sum and average; an average to the cent, as PostGraphile has it longer."""
    amounts = [group[key]["monthlyAmount"] if group[key] else None for key in ("sum", "average")]
    return (count, *(None if amount is None else round(float(amount), 2) for amount in amounts))
