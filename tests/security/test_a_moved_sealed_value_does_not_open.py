"""Attack: someone who can write to the database swaps sealed values, or changes them bit by bit."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from hub.catalog.sensitivity import Group
from hub.crypto import DoesNotOpen, Keyring, SealBroken, UnknownKey, missing_keys, open_vault

TEXT = "13912345678"
ROW, OTHER_ROW = os.urandom(16), os.urandom(16)


async def opened_vault():
    keyring = Keyring.generate()
    return await open_vault(keyring, await missing_keys(keyring, [], datetime.now(UTC)))


async def test_a_value_moved_to_another_row_does_not_open():
    vault = await opened_vault()
    envelope = vault.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT)
    opener = vault.opener("person", "phone", Group.CONTACT)
    assert opener.open(ROW, envelope) == TEXT
    with pytest.raises(SealBroken):
        opener.open(OTHER_ROW, envelope)


async def test_a_value_moved_to_another_column_of_its_group_does_not_open():
    vault = await opened_vault()
    envelope = vault.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT)
    with pytest.raises(SealBroken):
        vault.opener("person", "second_phone", Group.CONTACT).open(ROW, envelope)


async def test_a_value_moved_to_another_table_does_not_open():
    vault = await opened_vault()
    envelope = vault.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT)
    with pytest.raises(SealBroken):
        vault.opener("household", "phone", Group.CONTACT).open(ROW, envelope)


async def test_table_and_column_cannot_be_cut_at_another_place():
    vault = await opened_vault()
    envelope = vault.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT)
    with pytest.raises(SealBroken):
        vault.opener("personp", "hone", Group.CONTACT).open(ROW, envelope)


async def test_a_value_moved_to_another_protection_group_names_a_key_that_is_not_there():
    vault = await opened_vault()
    envelope = vault.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT)
    with pytest.raises(UnknownKey):
        vault.opener("person", "phone", Group.IDENTITY).open(ROW, envelope)


async def test_a_value_of_another_database_does_not_open():
    first, second = await opened_vault(), await opened_vault()
    envelope = first.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT)
    with pytest.raises(SealBroken):
        second.opener("person", "phone", Group.CONTACT).open(ROW, envelope)


async def test_no_flipped_bit_goes_unnoticed_and_no_error_tells_the_value():
    vault = await opened_vault()
    envelope = bytes(vault.sealer("person", "phone", Group.CONTACT).seal(ROW, TEXT))
    opener = vault.opener("person", "phone", Group.CONTACT)
    for bit in range(len(envelope) * 8):
        changed = bytearray(envelope)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DoesNotOpen) as caught:
            opener.open(ROW, bytes(changed))
        assert TEXT not in repr(caught.value)
        assert caught.value.__suppress_context__
