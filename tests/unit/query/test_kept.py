"""Attack: distinct large documents, one after the other, so that what a worker keeps of them fills its memory."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace

import pytest

from hub.cache import Cache
from hub.policy import ALL_GRANTED, Principal
from hub.query.document.operation import Documents

PARTNER = Principal(
    name="a partner",
    department="civil-affairs",
    roles=frozenset({"civil-affairs"}),
    regions=frozenset({"2305"}),
    purpose="assistance-review",
    granted=ALL_GRANTED,
)
ROUNDS = 3


def many_lists(at: int) -> str:
    row = "category monthlyAmount person { name idNumber phone } household { size address }"
    return "{ " + " ".join(f"a{n}_{at}: recipients(first: 1) {{ nodes {{ {row} }} }}" for n in range(19)) + " }"


def many_links(at: int) -> str:
    row = "name idNumber birthDate recipients(first: 1) { nodes { category monthlyAmount } }"
    links = " ".join(f"p{n}_{at}: person {{ {row} }}" for n in range(30))
    return f"{{ recipients(first: 1) {{ nodes {{ {links} }} }} }}"


def many_tests(at: int) -> str:
    tests = ",".join(f"{{household: {{size: {{gt: {n + at}}}}}}}" for n in range(90))
    return f"{{ recipients(where: {{and: [{tests}]}}) {{ totalCount }} }}"


def many_names(at: int) -> str:
    return "{ " + " ".join(f"a{n}_{at}: __typename" for n in range(49)) + " }"


def many_aliases(at: int) -> str:
    return "{ regions(first: 1) { nodes { " + " ".join(f"a{n}_{at}: id" for n in range(190)) + " } } }"


def one_field(at: int) -> str:
    return f"{{ recipients(first: 1) {{ nodes {{ a{at}: category }} }} }}"


def fragments_in_fragments(at: int) -> str:
    spread = " ".join(f"x{n}_{at}: person {{ ...f }}" for n in range(40))
    return (
        f"{{ recipients(first: 1) {{ nodes {{ {spread} }} }} }} fragment f on Person {{ id name idNumber birthDate }}"
    )


LARGE = [many_lists, many_links, many_tests, many_names, many_aliases, one_field, fragments_in_fragments]


def traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.parametrize("document", LARGE)
def test_a_document_and_its_plan_weigh_no_less_than_they_take(engine, document):
    fresh = replace(engine, _plans=Cache(engine._plans.most, engine._plans._weigh))
    documents = fresh.schemas.documents(PARTNER).kept
    fresh.plan(fresh.operation(document(0), None, PARTNER), {}, PARTNER)
    tracemalloc.start()
    try:
        before, weight = traced(), documents.weight
        operations = [fresh.operation(document(at), None, PARTNER) for at in range(1, ROUNDS + 1)]
        parsed = traced() - before
        assert parsed <= documents.weight - weight
        before, weight = traced(), fresh._plans.weight
        for operation in operations:
            fresh.plan(operation, {}, PARTNER)
        assert traced() - before <= fresh._plans.weight - weight
    finally:
        tracemalloc.stop()


def test_new_documents_push_out_old_ones_by_weight(engine):
    bound = 2_000_000
    fresh = replace(engine, _plans=Cache(bound, engine._plans._weigh))
    for at in range(30):
        fresh.plan(fresh.operation(many_lists(at), None, PARTNER), {}, PARTNER)
        assert fresh._plans.weight <= bound
    assert 0 < len(fresh._plans) < 30


def test_documents_of_all_viewers_have_one_bound(engine):
    documents = engine.schemas.documents(PARTNER)
    other = replace(PARTNER, purpose="means-check", roles=frozenset({"social-security"}))
    assert engine.schemas.documents(other).kept is documents.kept


def test_viewers_for_whom_other_things_exist_share_no_document(engine):
    first = engine.schemas.documents(PARTNER)
    second = Documents(first.schema, first.limits, first.kept, visible="something else")
    first.operation("{ __typename }", None, lambda: first.schema)
    assert first.known("{ __typename }", None) is not None
    assert second.known("{ __typename }", None) is None
