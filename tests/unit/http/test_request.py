"""Requests are read and media types are weighed as GraphQL over HTTP and RFC 9110 have it."""

from __future__ import annotations

import pytest

from hub.http.negotiation import GRAPHQL_RESPONSE, JSON, Accepted, negotiate
from hub.http.request import (
    BodyTooLarge,
    GraphQLRequest,
    Incoming,
    MutationByAddress,
    read_request,
    refuse_change_by_get,
)

GRAPHQL = Accepted(GRAPHQL_RESPONSE, GRAPHQL_RESPONSE)
PLAIN = Accepted(JSON, JSON)
ANYTHING = Accepted(JSON, GRAPHQL_RESPONSE)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/graphql-response+json", GRAPHQL),
        ("application/json", PLAIN),
        ("application/graphql-response+json, application/json", GRAPHQL),
        ("application/json, application/graphql-response+json", GRAPHQL),
        ("application/json, application/graphql-response+json;q=0.9", PLAIN),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL),
        ("application/json;q=0, */*", GRAPHQL),
        ("application/graphql-response+json;q=0, */*", PLAIN),
        ("application/json, text/plain, */*", PLAIN),
        ("application/json;q=0.5, */*;q=0.8", GRAPHQL),
        ("APPLICATION/JSON; charset=UTF-8", PLAIN),
        ('application/graphql-response+json; charset="utf-8"; q=1.0', GRAPHQL),
        ("text/html, application/xhtml+xml, */*;q=0.8", ANYTHING),
        ("*/*", ANYTHING),
        ("application/*", ANYTHING),
        ("text/html", None),
        ("application/jsonp", None),
        ("application/json;q=0", None),
        ("*/*;q=0", None),
        ("application/json;q=much", None),
        ("application/json;charset=gbk", None),
        ("nonsense", None),
    ],
)
def test_the_media_type_is_the_one_that_the_client_weighs_most(accept, expected):
    assert negotiate(accept) == expected


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("mutation { __typename }", None),
        ("subscription { __typename }", None),
        ("query A { __typename } mutation B { __typename }", "B"),
        ("query A { __typename } mutation B { __typename }", None),
    ],
)
def test_whatever_is_not_a_query_is_refused_by_get_and_not_by_post(document, name):
    with pytest.raises(MutationByAddress):
        refuse_change_by_get(GraphQLRequest(document, {}, name, by_address=True), document, 4_000)
    refuse_change_by_get(GraphQLRequest(document, {}, name, by_address=False), document, 4_000)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("{ mutation: __typename }", None),
        ("query A { __typename } mutation B { __typename }", "A"),
        ("mutation {", None),
        ("{" * 3_000 + "mutation", None),
    ],
)
def test_what_is_a_query_or_no_document_at_all_is_left_to_the_next_step(document, name):
    refuse_change_by_get(GraphQLRequest(document, {}, name, by_address=True), document, 4_000)


@pytest.mark.parametrize(("chunks", "read"), [(5, 5), (10**9, 1 + 160)])
async def test_a_body_that_is_too_large_is_read_on_within_bounds_so_that_its_refusal_is_read(chunks, read):
    sent = 0

    async def receive():
        nonlocal sent
        sent += 1
        return {"type": "http.request", "body": b" " * 100_000, "more_body": sent < chunks}

    request = Incoming("POST", b"", {"content-type": "application/json"}, receive)
    with pytest.raises(BodyTooLarge):
        await read_request(request, 99_999)
    assert sent == read
