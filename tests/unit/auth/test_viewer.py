from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.auth import (
    PurposeNotAgreed,
    PurposeUnknown,
    TokenMissing,
    TokenMistyped,
    TokenNotValid,
    Viewer,
    authenticate,
    cached_credentials,
    new_token,
    profile,
)
from hub.store.partners import Credential, Partner

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PURPOSES = ("assistance-review", "audit")
PARTNER = Partner(
    id=UUID(int=1),
    name="civil-affairs",
    title="尖山区民政局",
    department="CIVIL_AFFAIRS",
    roles=("reviewer",),
    regions=("230502",),
    purposes=("assistance-review",),
    state="active",
    created_at=NOW,
)
TOKEN = new_token()
CREDENTIAL = Credential(TOKEN.hash, NOW + timedelta(days=90), None, PARTNER, 1, 1)


def headers(token=TOKEN.text, purpose="assistance-review"):
    return {"authorization": f"Bearer {token}", "hub-purpose": purpose}


def knowing(*credentials):
    stored = {credential.hash: credential for credential in credentials}

    async def lookup(wanted, _epoch):
        return stored.get(wanted)

    return lookup


def knowing_copies(credential):
    """A look-up that reads anew each time, as from the database."""

    async def lookup(_wanted, _epoch):
        return replace(credential)

    return lookup


async def test_a_partner_with_token_and_purpose_becomes_a_viewer():
    viewer = await authenticate(headers(), knowing(CREDENTIAL), NOW, PURPOSES)
    assert (viewer.partner_id, viewer.name, viewer.department) == (UUID(int=1), "civil-affairs", "CIVIL_AFFAIRS")
    assert (viewer.roles, viewer.regions, viewer.purpose) == (("reviewer",), ("230502",), "assistance-review")


async def test_two_viewers_with_the_same_rights_have_one_profile():
    first, second = [await authenticate(headers(), knowing(CREDENTIAL), NOW, PURPOSES) for _ in range(2)]
    assert first is not second
    assert profile(first, frozenset()) is profile(second, frozenset())


async def test_a_credential_that_is_read_again_unchanged_is_the_one_that_was_known():
    now = 0.0
    lookup = cached_credentials(knowing_copies(CREDENTIAL), clock=lambda: now)
    first = await lookup(CREDENTIAL.hash, 0)
    now = 6.0
    assert await lookup(CREDENTIAL.hash, 0) is first


def test_nobody_else_makes_a_viewer():
    with pytest.raises(TypeError):
        Viewer(UUID(int=1), "civil-affairs", "CIVIL_AFFAIRS", ("reviewer",), (), "audit", proof=None)


async def test_a_viewer_is_not_copied_into_another_one():
    viewer = await authenticate(headers(), knowing(CREDENTIAL), NOW, PURPOSES)
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(viewer, purpose="audit")


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer   "},
        {"authorization": f"Basic {TOKEN.text}"},
        {"authorization": TOKEN.text},
    ],
)
async def test_a_request_without_a_bearer_token_is_told_to_send_one(sent):
    with pytest.raises(TokenMissing) as caught:
        await authenticate(sent, knowing(CREDENTIAL), NOW, PURPOSES)
    assert caught.value.status == 401
    assert caught.value.headers == {"WWW-Authenticate": 'Bearer realm="hub"'}


async def test_the_scheme_may_be_written_in_any_case():
    sent = {"authorization": f"bearer {TOKEN.text}", "hub-purpose": "assistance-review"}
    assert (await authenticate(sent, knowing(CREDENTIAL), NOW, PURPOSES)).name == "civil-affairs"


async def test_a_token_with_one_wrong_character_is_a_typing_error_and_is_not_looked_up():
    async def lookup(_, _epoch):
        raise AssertionError("looked up")

    for place in range(len(TOKEN.text)):
        other = "A" if TOKEN.text[place] != "A" else "B"
        wrong = TOKEN.text[:place] + other + TOKEN.text[place + 1 :]
        with pytest.raises(TokenMistyped) as caught:
            await authenticate(headers(wrong), lookup, NOW, PURPOSES)
        assert wrong not in str(caught.value)
        assert caught.value.status == 401


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ([], "unknown"),
        ([dataclasses.replace(CREDENTIAL, expires_at=NOW)], "expired"),
        ([dataclasses.replace(CREDENTIAL, revoked_at=NOW)], "revoked"),
        ([dataclasses.replace(CREDENTIAL, partner=dataclasses.replace(PARTNER, state="suspended"))], "suspended"),
    ],
)
async def test_unknown_expired_and_revoked_tokens_look_the_same_from_outside(stored, reason):
    with pytest.raises(TokenNotValid) as caught:
        await authenticate(headers(), knowing(*stored), NOW, PURPOSES)
    error, other = caught.value, TokenNotValid("unknown")
    assert error.reason == reason
    assert (error.status, error.code, error.message, error.headers) == (
        401,
        other.code,
        other.message,
        other.headers,
    )
    assert "invalid_token" in error.headers["WWW-Authenticate"]


async def test_a_token_is_valid_until_the_moment_of_its_expiry():
    last = CREDENTIAL.expires_at - timedelta(microseconds=1)
    assert (await authenticate(headers(), knowing(CREDENTIAL), last, PURPOSES)).name == "civil-affairs"


async def test_a_look_up_that_answers_with_another_token_is_not_believed():
    async def careless(_, _epoch):
        return dataclasses.replace(CREDENTIAL, hash=new_token().hash)

    with pytest.raises(TokenNotValid):
        await authenticate(headers(), careless, NOW, PURPOSES)


@pytest.mark.parametrize("purpose", ["", "curiosity", "ASSISTANCE-REVIEW", "assistance-review,audit"])
async def test_a_request_without_a_known_purpose_is_told_the_purposes_there_are(purpose):
    with pytest.raises(PurposeUnknown) as caught:
        await authenticate(headers(purpose=purpose), knowing(CREDENTIAL), NOW, PURPOSES)
    assert caught.value.status == 403
    assert all(known in str(caught.value) for known in PURPOSES)
    assert "curiosity" not in str(caught.value)


async def test_a_purpose_that_is_not_agreed_is_refused():
    with pytest.raises(PurposeNotAgreed, match="assistance-review") as caught:
        await authenticate(headers(purpose="audit"), knowing(CREDENTIAL), NOW, PURPOSES)
    assert caught.value.status == 403


async def test_a_stranger_learns_nothing_about_purposes():
    with pytest.raises(TokenNotValid):
        await authenticate(headers(purpose="curiosity"), knowing(), NOW, PURPOSES)


def test_a_token_shows_itself_in_no_repr_and_two_are_never_equal():
    first, second = new_token(), new_token()
    assert first.text != second.text
    assert first.text not in repr(first)
    assert len(first.text) == len("hub_") + 43 + 6
    assert first.text.startswith(first.prefix)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


async def test_a_partner_who_keeps_asking_is_looked_up_once_in_a_while():
    clock, asked = Clock(), []

    async def lookup(wanted, _epoch):
        asked.append(wanted)
        return CREDENTIAL

    remembered = cached_credentials(lookup, seconds=5, clock=clock)
    for _ in range(3):
        assert await remembered(TOKEN.hash) is CREDENTIAL
    assert len(asked) == 1
    clock.now = 5.0
    await remembered(TOKEN.hash)
    assert len(asked) == 2


async def test_a_revocation_takes_effect_when_the_memory_ends():
    clock, stored = Clock(), [CREDENTIAL]

    async def lookup(_, _epoch):
        return stored[0]

    remembered = cached_credentials(lookup, seconds=5, clock=clock)
    await authenticate(headers(), remembered, NOW, PURPOSES)
    stored[0] = dataclasses.replace(CREDENTIAL, revoked_at=NOW)
    clock.now = 5.0
    with pytest.raises(TokenNotValid):
        await authenticate(headers(), remembered, NOW, PURPOSES)


async def test_the_memory_is_counted_from_the_question_not_from_the_answer():
    clock, asked = Clock(), []

    async def slow(_, _epoch):
        asked.append(1)
        clock.now += 4
        return CREDENTIAL

    remembered = cached_credentials(slow, seconds=5, clock=clock)
    await remembered(TOKEN.hash)
    clock.now = 5.0
    await remembered(TOKEN.hash)
    assert len(asked) == 2


async def test_an_expiry_is_noticed_whatever_the_memory_holds():
    remembered = cached_credentials(knowing(CREDENTIAL), seconds=10**9)
    await authenticate(headers(), remembered, NOW, PURPOSES)
    with pytest.raises(TokenNotValid):
        await authenticate(headers(), remembered, CREDENTIAL.expires_at, PURPOSES)


async def test_what_is_not_known_is_not_remembered():
    stored = []

    async def lookup(_, _epoch):
        return stored[0] if stored else None

    remembered = cached_credentials(lookup, seconds=10**9)
    assert await remembered(TOKEN.hash) is None
    stored.append(CREDENTIAL)
    assert await remembered(TOKEN.hash) is CREDENTIAL


async def test_the_memory_has_a_bound():
    asked = []

    async def lookup(wanted, _epoch):
        asked.append(wanted)
        return CREDENTIAL

    remembered = cached_credentials(lookup, seconds=10**9, most=2)
    for wanted in (b"1", b"2", b"3", b"3", b"1"):
        await remembered(wanted)
    assert asked == [b"1", b"2", b"3", b"1"]
