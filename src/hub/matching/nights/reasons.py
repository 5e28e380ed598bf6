"""What is kept with a proposal: for each resource that serves the need, why it was proposed or was not.

It is made when the proposal is, of what decided then. So it stands as long as the proposal does, whatever becomes of
prices, criteria or the run; and whoever may read it reads it as any other row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from hub.matching.explanation import Because, Explanation, explain
from hub.matching.nights.given import verdict
from hub.matching.nights.needs import KINDS
from hub.matching.nights.offers import near
from hub.matching.words import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from uuid import UUID

    from hub.matching.explanation import Verdict
    from hub.matching.instance import Instance, Longs
    from hub.matching.nights.material import Material
    from hub.matching.nights.needs import OpenNeeds
    from hub.matching.nights.offers import Offer
    from hub.matching.words import Words

    Row = dict[str, Any]
    ByPlace = Mapping[tuple[str, str], Sequence[Offer]]
    Tried = Mapping[UUID, Collection[UUID]]


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Reasons of proposals. ``needs``: as they are today; ``placed``: all resources with approved criteria, by place.

    ``tried``: by resource, the needs that it was proposed for before, to no avail. ``resources``: of what decided, by
    number.
    """

    needs: OpenNeeds
    placed: ByPlace
    tried: Tried
    resources: Sequence[UUID]
    _need: Mapping[UUID, int]
    _number: Mapping[UUID, int]
    _titles: Mapping[UUID, str]

    @classmethod
    def of(cls, needs: OpenNeeds, placed: ByPlace, tried: Tried, resources: Sequence[UUID]) -> Self:
        """Number what is needed and offered once for all proposals."""
        return cls(
            needs, placed, tried, resources,
            {need: at for at, need in enumerate(needs.ids)},
            {resource: at for at, resource in enumerate(resources)},
            {offer.id: offer.title for some in placed.values() for offer in some},
        )  # fmt: skip

    def of_night(self, material: Material, need: int) -> list[Row]:
        """Return the reasons of what a night proposed for a need; ``need``: its number in the night."""
        instance, assigned, prices = material.instance, material.assigned, material.proof.prices
        return self._rows(
            material.needs[need],
            lambda resource, found: explain(instance, assigned, prices, need, resource, verdict=found),
        )  # fmt: skip

    def of_bids(self, bidding: Bidding, need: UUID, chosen: UUID, left: Mapping[UUID, int]) -> list[Row]:
        """Return the reasons of what bid prices proposed for a need. ``left``: units of each resource by now."""
        at, gets = self._need[need], self._number[chosen]
        return self._rows(
            need,
            lambda resource, found: bidding.explain(at, resource, gets, found, left[self.resources[resource]]),
        )  # fmt: skip

    def _rows(self, need: UUID, told: Callable[[int, Verdict], Explanation]) -> list[Row]:
        at = self._need.get(need)
        if at is None:  # it is open no more, and nothing will be proposed for it
            return []
        rows = []
        for offer in near(self.placed, KINDS[self.needs.kind[at]], str(self.needs.area[at])):
            found = verdict(self.needs, offer, at, tried=need in self.tried.get(offer.id, ()))
            number = self._number.get(offer.id)
            said = _none_left(found) if number is None else told(number, found)
            rows.append(_row(offer, said, in_words(said, self._title, None)))
        return rows

    def _title(self, resource: int) -> str:
        return self._titles.get(self.resources[resource], str(self.resources[resource]))


@dataclass(frozen=True, slots=True, eq=False)
class Bidding:
    """What bid prices decided of. ``prices``: of a unit of each resource; ``resources``: of the instance, by number.

    ``tried``: by resource, the needs that it was proposed for before, to no avail.
    """

    made: Instance
    prices: Longs
    needs: OpenNeeds
    resources: Sequence[UUID]
    tried: Tried

    def explain(self, need: int, resource: int, gets: int, found: Verdict, left: int) -> Explanation:
        """Return why a need got the resource ``gets``, and not this one, of which so many units are left."""
        row, own = self.made.pairs.find(need, resource), self.made.pairs.find(need, gets)
        if row is None or own is None:
            return found.explanation
        value, gets_value = int(self.made.pairs.value[row]), int(self.made.pairs.value[own])
        price = int(self.prices[resource])
        if resource == gets:
            return Explanation(Because.PROPOSED, value=value, price=(price, price))
        other = (value, gets, gets_value, value - gets_value)
        if value <= gets_value:
            return Explanation(Because.FITS_LESS, (), *other)
        if left < 1:
            return Explanation(Because.NONE_LEFT, (), *other)
        return Explanation(Because.HELD_FOR_LATER, (), *other, expected=price)


def _row(offer: Offer, said: Explanation, words: Words) -> Row:
    lowest, highest = said.price or (None, None)
    return {
        "resource": offer.id, "giver": offer.charity if said.because is Because.PROPOSED else None,
        "because": said.because.name,
        "criteria": ", ".join(said.criteria) or None, "fits": said.value, "proposed_fits": said.gets_value,
        "gain": said.gain, "price_lowest": lowest, "price_highest": highest, "expected": said.expected,
        "words_zh": words.zh, "words_en": words.en,
    }  # fmt: skip


def _none_left(found: Verdict) -> Explanation:
    """Of a resource that was in no run, because it had no unit to give."""
    told = found.explanation
    return Explanation(Because.NONE_LEFT) if told.because is Because.NOT_ELIGIBLE else told
