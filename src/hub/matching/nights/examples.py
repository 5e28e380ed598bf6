"""A few explanations of a night, one for each reason: what staff are shown beside its numbers. No need is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from hub.matching.candidates import area_ends
from hub.matching.explanation import Because, explain
from hub.matching.nights.given import verdict
from hub.matching.words import Words, in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hub.matching.nights.run import Night

    _Name = Callable[[int], str]

_WANTED: Final = (
    Because.PROPOSED,
    Because.SCARCE,
    Because.FITS_LESS,
    Because.NONE_LEFT,
    Because.CRITERION_FAILED,
    Because.CRITERION_UNKNOWN,
)
_LOOKED_AT: Final = 5_000
"""Pairs that are looked at for examples: a night may have none of a kind."""


def examples(night: Night, most: int) -> list[Words]:
    """Return up to ``most`` explanations, each for another reason."""
    found: dict[Because, Words] = {}
    for looked_at, (need, resource) in enumerate(_pairs(night)):
        if looked_at == _LOOKED_AT or len(found) == len(_WANTED):
            break
        instance, proof = night.material.instance, night.material.proof
        told = explain(
            instance, night.material.assigned, proof.prices, need, resource,
            verdict=verdict(night.needs, night.offers.offers[resource], need),
        )  # fmt: skip
        if told.because in _WANTED and told.because not in found:
            found[told.because] = in_words(told, _resource(night), _need(night))
    return [found[because] for because in _WANTED if because in found][:most]


def _pairs(night: Night) -> Iterator[tuple[int, int]]:
    """Yield pairs of one kind and area, eligible or not."""
    needs, resources = night.material.instance.needs, night.material.instance.resources
    ends = area_ends(resources.area)
    for need in range(len(needs)):
        area = needs.area[need]
        near = (resources.kind == needs.kind[need]) & (resources.area <= area) & (area < ends)
        yield from ((need, int(resource)) for resource in np.flatnonzero(near))


def _resource(night: Night) -> _Name:
    return lambda resource: night.offers.offers[resource].title


def _need(night: Night) -> _Name:
    return lambda need: f"{night.needs.townships[night.needs.township[need]]}:{need}"
