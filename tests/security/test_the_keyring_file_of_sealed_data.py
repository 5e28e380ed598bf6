"""Attack: the keyring file is readable by others, swapped, lost, or belongs to another database."""

from __future__ import annotations

import json
import os
import stat

import pytest

from hub.crypto import (
    Keyring,
    KeyringDamaged,
    KeyringMissing,
    KeyringUnsafe,
    WrongKeyring,
    open_keyring,
    read_keyring,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "keys" / "keyring.json"


def created(path):
    return open_keyring(path, fingerprint=None, data_keys=False)


def test_the_first_start_creates_a_keyring_that_only_its_owner_can_read(path):
    previous = os.umask(0)
    try:
        keyring = created(path)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert read_keyring(path) == keyring


def test_the_second_start_takes_the_keyring_that_is_there(path):
    first = created(path)
    assert created(path) == first
    assert open_keyring(path, fingerprint=first.fingerprint, data_keys=True) == first


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o700, 0o666])
def test_a_keyring_that_others_may_touch_is_refused_with_the_command_that_mends_it(path, mode):
    created(path)
    path.chmod(mode)
    with pytest.raises(KeyringUnsafe, match="chmod 0600"):
        created(path)


def test_a_symbolic_link_is_refused_wherever_it_leads(path, tmp_path):
    created(path)
    target = path.rename(tmp_path / "elsewhere")
    path.symlink_to(target)
    with pytest.raises(KeyringUnsafe, match="link"):
        created(path)


def test_a_dangling_link_is_not_followed_to_create_a_keyring(path, tmp_path):
    path.parent.mkdir()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(KeyringUnsafe):
        created(path)
    assert not (tmp_path / "nowhere").exists()


def test_a_directory_or_a_pipe_is_no_keyring(path):
    path.mkdir(parents=True)
    with pytest.raises(KeyringUnsafe):
        created(path)
    path.rmdir()
    os.mkfifo(path, 0o600)
    with pytest.raises(KeyringUnsafe):
        created(path)


def test_a_keyring_of_another_user_is_refused(path, monkeypatch):
    created(path)
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(KeyringUnsafe, match="another user"):
        created(path)


@pytest.mark.parametrize("data_keys", [True, False])
def test_a_lost_keyring_is_never_replaced_by_a_fresh_one(path, data_keys):
    with pytest.raises(KeyringMissing):
        open_keyring(path, fingerprint=Keyring.generate().fingerprint, data_keys=data_keys)
    assert not path.exists()


def test_a_database_with_keys_but_no_fingerprint_does_not_start_with_any_keyring(path):
    with pytest.raises(WrongKeyring):
        open_keyring(path, fingerprint=None, data_keys=True)
    assert not path.exists()


def test_the_keyring_of_another_database_is_refused(path):
    created(path)
    with pytest.raises(WrongKeyring):
        open_keyring(path, fingerprint=Keyring.generate().fingerprint, data_keys=True)


@pytest.mark.parametrize("secret", ["kek", "index_key"])
def test_a_keyring_with_one_secret_swapped_is_noticed(path, secret):
    created(path)
    content = json.loads(path.read_text())
    content[secret] = json.loads(Keyring.generate().to_json())[secret]
    path.write_text(json.dumps(content))
    with pytest.raises(KeyringDamaged):
        created(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 2}',
        '{"format": 1, "kek": "!", "index_key": "", "fingerprint": ""}',
    ],
)
def test_what_is_not_a_keyring_is_refused_without_being_quoted(path, text):
    created(path)
    path.write_text(text)
    with pytest.raises(KeyringDamaged) as caught:
        created(path)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert str(path) in str(caught.value)


def test_a_fingerprint_tells_keyrings_apart_and_nothing_else():
    assert Keyring(b"k" * 32, b"\x2a" * 32).fingerprint == "22d65282a02eb0013b765129fda4312c"
    assert Keyring(b"k" * 32, b"\x2b" * 32).fingerprint != Keyring(b"k" * 32, b"\x2a" * 32).fingerprint
