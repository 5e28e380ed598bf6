"""A proof that cannot fail proves nothing: the hub is broken on purpose, and each time a difference is found soon."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from hub.catalog.predicate import ALWAYS, NEVER, IsNull, Within, conj
from hub.domain import CATALOGUE
from hub.policy import decide, simplify, translate
from hub.policy.grants import UNNEEDED
from hub.query.answer import values
from hub.query.plan import counts, lists, planner, rights
from hub.query.plan.builder import NodeBuilder
from hub.query.plan.where import Filters
from hub.query.statement.conditions import Conditions
from hub.query.statement.sql import _Statement
from property import policies, viewers
from property.chance import SEED, chance
from property.proof import differing

if TYPE_CHECKING:
    from collections.abc import Callable

    from property.answering import Pairs

ENTITIES = [CATALOGUE[name] for name in ("Person", "Household", "HouseholdMember", "Need")]
"""What policies are drawn about here: links of every kind lead from one to another."""
BUNDLES = 60
"""Drawn before a fault counts as not found; most are found in the first."""


def no_forbid(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "negate", lambda _: ALWAYS)


def not_is_not_read(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(translate, "negate", lambda part: part)


def absent_as_present(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(translate, "_has", lambda _name, _entity: ALWAYS)


def present_as_absent_in_sql(patch: pytest.MonkeyPatch) -> None:
    _in_sql(patch, IsNull, lambda _self, asked, table: table.c[asked.field].is_not(None))


def every_division_of_the_province(patch: pytest.MonkeyPatch) -> None:
    def around(self: Any, asked: Any, table: Any) -> Any:
        regions = asked.regions
        if isinstance(regions, tuple):
            regions = tuple(code[:2] for code in regions)
        return self._within(table.c[asked.field], regions)

    _in_sql(patch, Within, around)


def the_division_alone(patch: pytest.MonkeyPatch) -> None:
    def alone(self: Any, asked: Any, table: Any) -> Any:
        if isinstance(asked.regions, tuple):
            return table.c[asked.field].in_(asked.regions)
        return self._within(table.c[asked.field], asked.regions)

    _in_sql(patch, Within, alone)


def the_narrower_right_is_enough(patch: pytest.MonkeyPatch) -> None:
    implies = simplify._implies
    patch.setattr(simplify, "_implies", lambda narrow, wide: implies(wide, narrow))


def whoever_sees_the_row_sees_the_field(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rights, "still_to_test", lambda asked, **_: asked if asked == NEVER else ALWAYS)


def what_is_masked_in_some_rows_is_plain(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(values, "_shown", lambda item, _layout: item.mask if item.masked is True else None)


def values_of_all_rows_are_selected(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Statement, "_stored", lambda self, column: self.tables[column.table].c[column.name])


def linked_rows_are_visible(patch: pytest.MonkeyPatch) -> None:
    join = NodeBuilder.join
    patch.setattr(NodeBuilder, "join", lambda *given: join(*given[:-1], ALWAYS))


def links_are_followed_in_every_row(patch: pytest.MonkeyPatch) -> None:
    join = NodeBuilder.join
    patch.setattr(NodeBuilder, "join", lambda *given: join(*given[:-2], ALWAYS, given[-1]))


def totals_have_hidden_rows(patch: pytest.MonkeyPatch) -> None:
    total = lists._total
    patch.setattr(lists, "_total", lambda build, node, _where: total(build, node, ALWAYS))


def counts_have_hidden_rows(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(counts, "conj", lambda parts: conj(tuple(parts)[1:]))


def counts_need_no_right_to_count(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(counts, "conj", lambda parts: conj(tuple(parts)[:1]))


def rows_are_sorted_by_what_may_not_be_sorted_by(patch: pytest.MonkeyPatch) -> None:
    order = Filters.order
    patch.setattr(Filters, "order", lambda *given: (order(*given)[0], ALWAYS))


def rows_are_filtered_by_what_may_not_be_filtered_by(patch: pytest.MonkeyPatch) -> None:
    parts = Filters.parts
    patch.setattr(Filters, "parts", lambda *given, **more: (ALWAYS, parts(*given, **more)[1]))


def a_field_may_be_filtered_by_whoever_reads_it(patch: pytest.MonkeyPatch) -> None:
    right = Filters.right

    def read(self: Filters, action: str, *more: Any) -> Any:
        return right(self, "read" if action == "filter" else action, *more)

    patch.setattr(Filters, "right", read)


def an_id_finds_hidden_rows(patch: pytest.MonkeyPatch) -> None:
    visible = planner._visible
    patch.setattr(planner, "_visible", lambda *given: (seen := visible(*given)) and (seen[0], ALWAYS))


def joining_rows_are_visible(patch: pytest.MonkeyPatch) -> None:
    through = lists.Through
    patch.setattr(lists, "Through", lambda table, to, _rows: through(table, to, ALWAYS))


def agreements_are_not_needed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "coverages", lambda *_: (UNNEEDED,))


def suspended_agreements_hold(patch: pytest.MonkeyPatch) -> None:
    coverages = decide.coverages

    def in_force(granted: Any, *more: Any) -> Any:
        return coverages(frozenset(replace(grant, standing="active") for grant in granted), *more)

    patch.setattr(decide, "coverages", in_force)


FAULTS = (
    no_forbid, not_is_not_read, absent_as_present, present_as_absent_in_sql, every_division_of_the_province,
    the_division_alone, the_narrower_right_is_enough, whoever_sees_the_row_sees_the_field,
    what_is_masked_in_some_rows_is_plain, values_of_all_rows_are_selected, linked_rows_are_visible,
    links_are_followed_in_every_row, totals_have_hidden_rows, counts_have_hidden_rows, counts_need_no_right_to_count,
    rows_are_sorted_by_what_may_not_be_sorted_by, rows_are_filtered_by_what_may_not_be_filtered_by,
    a_field_may_be_filtered_by_whoever_reads_it, an_id_finds_hidden_rows, joining_rows_are_visible,
    agreements_are_not_needed, suspended_agreements_hold,
)  # fmt: skip


def _in_sql(patch: pytest.MonkeyPatch, kind: type, write: Callable[[Any, Any, Any], Any]) -> None:
    """Have one kind of test written so."""
    of = Conditions.of

    def broken(self: Conditions, asked: Any, table: Any, entity: Any) -> Any:
        return write(self, asked, table) if isinstance(asked, kind) else of(self, asked, table, entity)

    patch.setattr(Conditions, "of", broken)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_hub_that_is_broken_so_is_found_out(
    fault: Callable[[pytest.MonkeyPatch], None], irregular: Pairs, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    for number in range(BUNDLES):
        random = chance(f"{fault.__name__} {number}")
        drawn = policies.drawn(random, ENTITIES)
        pair = irregular.of(drawn.policies, drawn.oracle)
        found = await differing(random, pair, viewers.viewer(random, drawn.oracle.terms), Counter())
        if found is not None:
            return
    pytest.fail(f"not found in {BUNDLES} bundles with HUB_PROPERTY_SEED={SEED}")
