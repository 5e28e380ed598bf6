"""What is needed and offered → the engine's arrays: every pair that is eligible, with how well it fits."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from hub.catalog.predicate import fields_of
from hub.matching.candidates import eligible_pairs
from hub.matching.columns import decide
from hub.matching.explanation import Verdict
from hub.matching.instance import NOBODY, Instance, Needs, Resources, weighing
from hub.matching.nights.needs import KINDS, TOWNSHIP

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from hub.matching.instance import Bools, Ints
    from hub.matching.nights.needs import OpenNeeds
    from hub.matching.nights.offers import Offer
    from hub.matching.parameters import Parameters

_DIGITS: Final = 12
_COUNTY, _PREFECTURE = 6, 4


def instance_of(
    needs: OpenNeeds,
    offers: Sequence[Offer],
    parameters: Parameters,
    over: Mapping[UUID, Collection[UUID]] = MappingProxyType({}),
) -> Instance:
    """Return the instance of a night: needs and resources in the order in which they are given.

    ``over``: by resource, the needs that it was proposed to before, to no avail: such a pair is proposed no more.
    """
    number = {need: at for at, need in enumerate(needs.ids)} if over else {}
    gone = {
        resource: np.array(sorted(number[need] for need in some if need in number), dtype=np.int32)
        for resource, some in over.items()
    }
    rows = Needs(needs.kind, needs.area, needs.urgency, needs.township)
    resources = Resources(
        np.array([KINDS.index(offer.kind) for offer in offers], dtype=np.int32),
        np.array([int(offer.area.ljust(_DIGITS, "0")) for offer in offers], dtype=np.int64),
        np.array([offer.capacity for offer in offers], dtype=np.int32),
    )
    fit = parameters.fit
    waiting = (np.minimum(needs.waited.astype(np.int64), fit.days) * fit.waiting // fit.days).astype(np.int32)
    nearness = [_nearness(offer.area, fit.nearness) for offer in offers]

    def fits(near: Ints, resource: int) -> tuple[Bools, Ints]:
        asked = offers[resource].criteria.predicate
        columns = {name: needs.columns[name].take(near) for name in fields_of(asked)}
        eligible = decide(asked, columns, len(near)).so
        if (before := gone.get(offers[resource].id)) is not None:
            eligible = eligible & ~np.isin(near, before)
        return eligible, waiting[near] + np.int32(nearness[resource])

    pairs = eligible_pairs(rows, resources, fits)
    return Instance(rows, resources, pairs, weighing(parameters, rows, resources, max(1, len(needs.townships))))


def _nearness(area: str, points: int) -> int:
    thirds = 3 if len(area) >= TOWNSHIP else 2 if len(area) == _COUNTY else 1 if len(area) == _PREFECTURE else 0
    return points * thirds // 3


def verdict(needs: OpenNeeds, offer: Offer, need: int, *, tried: bool = False) -> Verdict:
    """Return what the criteria of a resource say of one need: the properties that are not met, and those not known.

    ``tried``: whether it was proposed for the need before, to no avail.
    """
    row = np.array([need])
    failed, unknown = [], []
    for names, part in offer.criteria.parts:
        found = decide(part, {name: needs.columns[name].take(row) for name in fields_of(part)}, 1)
        if found.not_so[0]:
            failed.append(names)
        elif not found.so[0]:
            unknown.append(names)
    return Verdict(tuple(failed), tuple(unknown), tried)


def within_limits(instance: Instance, assigned: Ints, parameters: Parameters) -> Ints:
    """Return the needs whose proposals go out, rising: the most urgent first, then those that fit best."""
    placed = np.flatnonzero(assigned != NOBODY)
    need = instance.pairs.need()
    chosen = assigned[need] == instance.pairs.resource
    value = np.zeros(len(assigned), np.int32)
    value[need[chosen]] = instance.pairs.value[chosen]
    order = placed[np.lexsort((placed, -value[placed], -instance.needs.urgency[placed]))]
    of = assigned[order]
    by_resource = np.argsort(of, kind="stable")
    starts = np.concatenate(([0], np.cumsum(np.bincount(of, minlength=len(instance.resources)))))
    place = np.empty(len(order), np.int64)
    place[by_resource] = np.arange(len(order)) - starts[of[by_resource]]
    out = order[place < parameters.proposals.per_resource][: parameters.proposals.most]
    return np.sort(out).astype(np.int32)
