from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.sensitivity import Group
from hub.crypto import (
    SM4_GCM,
    BadCursor,
    DataKeyBroken,
    Keyring,
    UnknownKey,
    missing_keys,
    new_wrapped_key,
    open_vault,
)
from hub.crypto.blind import blind_index, id_tokens, mac, token
from hub.crypto.cursor import LONGEST, cursor_cipher, open_cursor, seal_cursor

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROW = bytes(range(16))
INDEX_KEY = b"\x2a" * 32


async def test_every_protection_group_gets_a_key_and_only_once():
    keyring = Keyring.generate()
    rows = await missing_keys(keyring, [], NOW)
    assert [row.group for row in rows] == [group.value for group in Group]
    assert [row.key_id for row in rows] == list(range(1, len(rows) + 1))
    assert await missing_keys(keyring, rows, NOW) == ()


async def test_a_retired_key_is_followed_by_one_with_a_fresh_number():
    keyring = Keyring.generate()
    rows = await missing_keys(keyring, [], NOW)
    retired = [replace(row, state="retired") if row.group == "contact" else row for row in rows]
    (new,) = await missing_keys(keyring, retired, NOW)
    assert (new.group, new.key_id) == ("contact", len(rows) + 1)
    old_vault, new_vault = await open_vault(keyring, rows), await open_vault(keyring, [*retired, new])
    old = old_vault.sealer("person", "phone", Group.CONTACT).seal(ROW, "12345")
    fresh = new_vault.sealer("person", "phone", Group.CONTACT).seal(ROW, "12345")
    opener = new_vault.opener("person", "phone", Group.CONTACT)
    assert opener.open(ROW, old) == opener.open(ROW, fresh) == "12345"
    with pytest.raises(UnknownKey):
        old_vault.opener("person", "phone", Group.CONTACT).open(ROW, fresh)


async def test_without_an_active_key_nothing_is_sealed():
    vault = await open_vault(Keyring.generate(), [])
    with pytest.raises(DataKeyBroken):
        vault.sealer("person", "phone", Group.CONTACT)


async def test_a_site_can_seal_with_the_national_cipher():
    keyring = Keyring.generate()
    vault = await open_vault(keyring, await missing_keys(keyring, [], NOW, SM4_GCM))
    envelope = vault.sealer("person", "phone", Group.CONTACT).seal(ROW, "12345")
    assert envelope[1] == SM4_GCM
    assert vault.opener("person", "phone", Group.CONTACT).open(ROW, envelope) == "12345"


@pytest.mark.parametrize(
    "change",
    [
        {"group": "finance"},
        {"key_id": 9},
        {"suite": SM4_GCM},
        {"suite": 3},
        {"wrapped": b""},
        {"wrapped": b"\x00" * 60},
    ],
    ids=str,
)
async def test_a_changed_data_key_stops_the_start(change):
    keyring = Keyring.generate()
    row = await new_wrapped_key(keyring, Group.CONTACT, 1, NOW)
    with pytest.raises(DataKeyBroken):
        await open_vault(keyring, [replace(row, **change)])


async def test_a_data_key_wrapped_by_another_keyring_stops_the_start():
    row = await new_wrapped_key(Keyring.generate(), Group.CONTACT, 1, NOW)
    with pytest.raises(DataKeyBroken):
        await open_vault(Keyring.generate(), [row])


async def test_two_data_keys_with_one_number_stop_the_start():
    keyring = Keyring.generate()
    rows = [await new_wrapped_key(keyring, group, 1, NOW) for group in (Group.CONTACT, Group.FINANCE)]
    with pytest.raises(DataKeyBroken):
        await open_vault(keyring, rows)


async def test_nothing_that_holds_a_key_shows_or_pickles_it():
    keyring = Keyring.generate()
    row = await new_wrapped_key(keyring, Group.CONTACT, 1, NOW)
    vault = await open_vault(keyring, [row])
    assert (repr(keyring), repr(vault)) == ("Keyring()", "Vault()")
    assert "wrapped" not in repr(row)
    for holder in (keyring, vault):
        with pytest.raises(TypeError):
            pickle.dumps(holder)


def test_a_blind_index_is_the_one_that_is_stored_already():
    # Recomputed with the standard library's HMAC and HKDF written out by RFC 5869.
    assert blind_index(INDEX_KEY, "person", "id_number")("11010519491231002X").hex() == (
        "0429b5662b8a2ae9b0092b7a6a7d56d0"
    )
    assert blind_index(INDEX_KEY, "person", "name", 12)("王小明").hex() == "9030"
    assert token(INDEX_KEY, "audit subject")("p1").hex() == "a62227a849076a1131414487afd08826"


def divided(tokens):
    return [tokens[at : at + 16] for at in range(0, len(tokens), 16)]


def test_an_id_has_one_token_whatever_ids_are_beside_it_and_each_purpose_and_keyring_another():
    ids = [number.to_bytes(16) for number in (1, 2, 2**128 - 1, 1)]
    tokens = id_tokens(INDEX_KEY, "audit subject")
    found = divided(tokens(ids))
    assert found == [tokens([each]) for each in ids]
    assert [len(token) for token in found] == [16] * 4
    assert found[0] == found[3]
    assert found[0].hex() == "baa79678eeab839adce46a515858bb6a"
    others = [
        divided(made(ids)) for made in (id_tokens(INDEX_KEY, "audit literal"), id_tokens(b"\x2b" * 32, "audit subject"))
    ]
    assert not {*found} & {*others[0], *others[1], *ids}
    assert len({*found, *others[0], *others[1]}) == 9
    assert tokens([]) == b""
    with pytest.raises(ValueError, match="16 bytes"):
        tokens([b"short"])
    assert divided(tokens(ids)) == found  # nothing of what was refused stands before the next ids


def test_a_blind_index_fits_one_column_one_table_and_one_keyring_only():
    values = {
        blind_index(INDEX_KEY, "person", "id_number")("12345"),
        blind_index(INDEX_KEY, "person", "phone")("12345"),
        blind_index(INDEX_KEY, "household", "phone")("12345"),
        blind_index(INDEX_KEY, "personp", "hone")("12345"),
        blind_index(b"\x2b" * 32, "person", "phone")("12345"),
        token(INDEX_KEY, "person")("12345"),
        token(INDEX_KEY, "phone")("12345"),
        mac(INDEX_KEY, "phone")(b"12345")[:16],
        mac(INDEX_KEY, "person")(b"12345")[:16],
    }
    assert len(values) == 9


@given(text=st.text(), bits=st.integers(8, 128))
def test_a_truncated_index_is_the_start_of_the_full_one(text, bits):
    full = int.from_bytes(blind_index(INDEX_KEY, "t", "c")(text), "big")
    cut = blind_index(INDEX_KEY, "t", "c", bits)(text)
    assert len(cut) == -(-bits // 8)
    assert int.from_bytes(cut, "big") >> -bits % 8 == full >> (128 - bits)
    assert int.from_bytes(cut, "big") & ((1 << -bits % 8) - 1) == 0


@pytest.mark.parametrize("bits", [0, 7, 129])
def test_an_index_that_hides_all_or_tells_more_than_all_is_refused(bits):
    with pytest.raises(ValueError, match="bits"):
        blind_index(INDEX_KEY, "t", "c", bits)


def test_the_index_of_half_a_surrogate_pair_does_not_quote_it():
    assert len(blind_index(INDEX_KEY, "t", "c")("\ud800")) == 16


@given(payload=st.binary(max_size=200), context=st.binary(max_size=200))
def test_a_cursor_opens_in_its_context_and_is_url_safe(payload, context):
    cipher = cursor_cipher(INDEX_KEY)
    text = seal_cursor(cipher, payload, context)
    assert open_cursor(cipher, text, context) == payload
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_cursor_of_another_viewer_or_query_is_refused():
    cipher = cursor_cipher(INDEX_KEY)
    text = seal_cursor(cipher, b"2024-01-01", b"viewer 1, query 1")
    for context in (b"viewer 2, query 1", b"viewer 1, query 2", b""):
        with pytest.raises(BadCursor):
            open_cursor(cipher, text, context)


@pytest.mark.parametrize("text", ["", "a", "====", "中文", "\ud800", "A" * 40, "A" * (LONGEST + 1), "a b"])
def test_what_is_no_cursor_is_refused_as_a_bad_request(text):
    with pytest.raises(BadCursor) as caught:
        open_cursor(cursor_cipher(INDEX_KEY), text, b"")
    assert caught.value.status == 400


def test_a_cursor_with_a_changed_character_is_refused():
    cipher = cursor_cipher(INDEX_KEY)
    text = seal_cursor(cipher, b"2024-01-01\x00\x00\x00", b"context")
    assert len(text) % 4 == 0, "a text without spare bits, so that every change is one of the bytes"
    for place, character in enumerate(text):
        changed = text[:place] + ("B" if character == "A" else "A") + text[place + 1 :]
        with pytest.raises(BadCursor):
            open_cursor(cipher, changed, b"context")


def test_a_row_keeps_its_cursor_from_one_answer_to_the_next():
    cipher = cursor_cipher(INDEX_KEY)
    assert seal_cursor(cipher, b"row", b"context") == seal_cursor(cipher, b"row", b"context")
