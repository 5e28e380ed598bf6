from __future__ import annotations

import json
import os
import pickle

import orjson
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from hub.crypto import NotSealable, SealBroken, Sealed, UnknownKey, UnknownSuite
from hub.crypto.envelope import DataKey, _place, _seal, opener, sealer
from hub.crypto.suites import AES_256_GCM, SM4_GCM, Sm4Gcm, aead

ROW = bytes(range(16))
NONCE = bytes(range(100, 112))
TEXT = "11010519491231002X"
AES = DataKey(7, AES_256_GCM, aead(AES_256_GCM, bytes(range(32))))
SM4 = DataKey(8, SM4_GCM, aead(SM4_GCM, bytes(range(16))))

# Envelopes of TEXT in person.id_number, row ROW, under NONCE. The first was recomputed with AES-GCM alone.
AES_ENVELOPE = bytes.fromhex(
    "0101000000000007" + NONCE.hex() + "792aee5749dc67a70a5b6edae9545acd709a35b3f79ac8fafffc846799174c927efd"
)
SM4_ENVELOPE = bytes.fromhex(
    "0102000000000008" + NONCE.hex() + "843aa6f1d72bcec24e38c464df6af2d0c18a86b89e03d31c107689abe3a221175d96"
)

open_ = opener("person", "id_number", [AES, SM4]).open


def spliced(at, replacement):
    return AES_ENVELOPE[:at] + replacement + AES_ENVELOPE[at + len(replacement) :]


# What is changed in the envelope; the error; the stage that must find it.
VECTORS = [
    ("nothing is left", b"", SealBroken, "length"),
    ("cut to the header", AES_ENVELOPE[:8], SealBroken, "length"),
    ("one byte short of an empty text", AES_ENVELOPE[:35], SealBroken, "length"),
    ("format 0", spliced(0, b"\x00"), UnknownSuite, "format"),
    ("format 2", spliced(0, b"\x02"), UnknownSuite, "format"),
    ("reserved bits set", spliced(2, b"\x00\x01"), UnknownSuite, "format"),
    ("suite 0", spliced(1, b"\x00"), UnknownSuite, "suite"),
    ("suite 3", spliced(1, b"\x03"), UnknownSuite, "suite"),
    ("the other suite", spliced(1, b"\x02"), UnknownKey, "key"),
    ("an unknown key", spliced(4, b"\x00\x00\x00\x09"), UnknownKey, "key"),
    ("key 0", spliced(4, b"\x00\x00\x00\x00"), UnknownKey, "key"),
    ("another key's header", SM4_ENVELOPE[:8] + AES_ENVELOPE[8:], SealBroken, "tag"),
    ("another nonce", spliced(8, b"\x00" * 12), SealBroken, "tag"),
    ("cut at the end", AES_ENVELOPE[:-1], SealBroken, "tag"),
    ("longer by a byte", AES_ENVELOPE + b"\x00", SealBroken, "tag"),
    ("no ciphertext", AES_ENVELOPE[:20] + AES_ENVELOPE[-16:], SealBroken, "tag"),
]


@pytest.mark.parametrize(("key", "envelope"), [(AES, AES_ENVELOPE), (SM4, SM4_ENVELOPE)])
def test_the_format_is_the_one_that_is_stored_already(key, envelope):
    bound = key.header + _place("person", "id_number")
    assert bytes(_seal(key.aead.encrypt, key.header, bound, NONCE, ROW, TEXT)) == envelope
    assert open_(ROW, envelope) == TEXT


def test_the_associated_data_is_header_table_column_and_row_behind_their_lengths():
    bound = AES_ENVELOPE[:8] + b"\x00\x06person" + b"\x00\x09id_number" + b"\x00\x10" + ROW
    assert AESGCM(bytes(range(32))).encrypt(NONCE, TEXT.encode(), bound) == AES_ENVELOPE[20:]


@pytest.mark.parametrize(
    ("envelope", "error", "stage"), [vector[1:] for vector in VECTORS], ids=[vector[0] for vector in VECTORS]
)
def test_a_changed_envelope_fails_at_the_stage_that_guards_it(envelope, error, stage):
    with pytest.raises(error) as caught:
        open_(ROW, envelope)
    assert caught.value.stage == stage
    assert (caught.value.table, caught.value.column, caught.value.row_id) == ("person", "id_number", ROW)


def test_sm4_gcm_gives_the_published_vector():
    # RFC 8998, appendix A.1
    cipher = Sm4Gcm(bytes.fromhex("0123456789ABCDEFFEDCBA9876543210"))
    nonce = bytes.fromhex("00001234567800000000ABCD")
    bound = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex("".join(letter * 16 for letter in "ABCDEFEA"))
    sealed = bytes.fromhex(
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    assert cipher.encrypt(nonce, plain, bound) == sealed
    assert cipher.decrypt(nonce, sealed, bound) == plain


@pytest.mark.parametrize("key", [AES, SM4])
@given(text=st.text(), row=st.binary(min_size=16, max_size=16))
def test_what_is_sealed_opens_again_as_it_was(key, text, row):
    envelope = sealer("person", "name", key).seal(row, text)
    assert opener("person", "name", [AES, SM4]).open(row, envelope) == text


def test_the_same_text_sealed_twice_looks_different():
    seal = sealer("person", "name", AES).seal
    assert seal(ROW, TEXT) != seal(ROW, TEXT)


@given(st.lists(st.tuples(st.booleans(), st.text(st.characters(codec="utf-8")), st.binary(min_size=16, max_size=16))))
def test_a_column_opens_as_its_values_do_one_by_one(rows):
    sealers = [sealer("person", "name", key).seal for key in (AES, SM4)]
    ids = [row for _, _, row in rows]
    envelopes = [sealers[other](row, text) for other, text, row in rows]
    made = opener("person", "name", [AES, SM4])
    assert made.each(ids, envelopes) == [text.encode() for _, text, _ in rows]


@pytest.mark.parametrize(
    ("envelope", "error", "stage"), [vector[1:] for vector in VECTORS], ids=[v[0] for v in VECTORS]
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_column_with_a_changed_envelope_opens_none_and_says_which_fails_where(envelope, error, stage, at):
    rows = [bytes([number]) * 16 for number in range(3)]
    envelopes = [sealer("person", "id_number", AES).seal(row, TEXT) for row in rows]
    rows[at], envelopes[at] = ROW, envelope
    with pytest.raises(error) as caught:
        opener("person", "id_number", [AES, SM4]).each(rows, envelopes)
    assert caught.value.stage == stage
    assert (caught.value.table, caught.value.column, caught.value.row_id) == ("person", "id_number", ROW)


def test_a_column_needs_a_row_for_each_envelope():
    with pytest.raises(ValueError, match="row of its own"):
        opener("person", "id_number", [AES]).each([ROW], [AES_ENVELOPE, AES_ENVELOPE])
    assert opener("person", "id_number", [AES]).each([], []) == []


def test_rows_may_not_trade_places_in_a_column():
    rows = [bytes([number]) * 16 for number in range(3)]
    envelopes = [sealer("person", "id_number", AES).seal(row, TEXT) for row in rows]
    with pytest.raises(SealBroken):
        opener("person", "id_number", [AES]).each(rows[::-1], envelopes)


def test_an_old_key_still_opens_when_a_new_one_seals():
    new = DataKey(9, AES_256_GCM, aead(AES_256_GCM, os.urandom(32)))
    both = opener("person", "id_number", [AES, new]).open
    assert both(ROW, AES_ENVELOPE) == TEXT
    assert both(ROW, sealer("person", "id_number", new).seal(ROW, TEXT)) == TEXT


def test_half_a_surrogate_pair_is_refused_without_being_quoted():
    with pytest.raises(NotSealable) as caught:
        sealer("person", "name", AES).seal(ROW, "王\ud800")
    assert caught.value.__suppress_context__
    assert "王" not in str(caught.value)


def test_a_row_id_of_another_length_is_refused():
    with pytest.raises(ValueError, match="16 bytes"):
        sealer("person", "name", AES).seal(b"short", TEXT)


def test_a_sealed_value_shows_nothing_of_itself():
    value = Sealed(AES_ENVELOPE)
    assert str(value) == repr(value) == f"{value}" == "<sealed>"
    assert f"{[value]!r:>12}" == "  [<sealed>]"


def test_a_sealed_value_is_neither_pickled_nor_written_as_json():
    value = Sealed(AES_ENVELOPE)
    with pytest.raises(TypeError):
        pickle.dumps(value)
    with pytest.raises(TypeError):
        json.dumps(value)
    with pytest.raises(TypeError):
        orjson.dumps(value)
