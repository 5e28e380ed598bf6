from __future__ import annotations

import logging

import asyncpg
import pytest

from hub.errors import HubError
from hub.http.faults import public_error
from hub.settings import Settings

SECRET = "230502199312202087"


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (asyncpg.QueryCanceledError(SECRET), "HUB-115", 400),
        (asyncpg.AdminShutdownError(SECRET), "HUB-920", 503),
        (asyncpg.ConnectionDoesNotExistError(SECRET), "HUB-920", 503),
        (asyncpg.InterfaceError(SECRET), "HUB-920", 503),
        (ConnectionRefusedError(SECRET), "HUB-920", 503),
        (TimeoutError(SECRET), "HUB-920", 503),
        (asyncpg.UndefinedTableError(SECRET), "HUB-900", 500),
        (KeyError(SECRET), "HUB-900", 500),
        (RecursionError(SECRET), "HUB-900", 500),
    ],
)
def test_every_kind_of_fault_has_its_code_and_nothing_of_its_text_is_told_or_logged(error, code, status, caplog):
    with caplog.at_level(logging.DEBUG):
        public = public_error(error, Settings(), "a-request")
    assert (public.code, public.status) == (code, status)
    assert SECRET not in public.message
    assert "a-request" in caplog.text
    assert SECRET not in caplog.text


def test_what_the_hub_refuses_is_told_as_it_is():
    refused = HubError("No.")
    assert public_error(refused, Settings(), "a-request") is refused


def test_the_log_says_where_a_fault_was(caplog):
    def fails():
        raise ValueError(SECRET)

    with pytest.raises(ValueError, match=SECRET) as raised:
        fails()
    public_error(raised.value, Settings(), "a-request")
    assert "fails" in caplog.text
