"""Whoever says which policies are in force says who sees what: bundles that are forged, changed, old or misplaced."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from hub import bundles
from hub.crypto import Envelope, EnvelopeDamaged, PublicKey, SignatureRefused, SigningKey, SigningKeyUnusable
from hub.crypto.signing import read_public_keys, read_signing_key
from hub.errors import HubError
from hub.policy import PolicyError
from hub.policy.packed import KIND, BundleUnreadable, Packed
from hub.postgres import embedded
from hub.runtime import running
from hub.settings import Settings

DIRECTORY = Path(__file__).parents[2] / "schema" / "policies"
MINE, ANOTHERS = SigningKey.generate(), SigningKey.generate()
TRUSTED = [MINE.public]
OPEN = '@id("open") permit (principal, action, resource is Need) when { context.class == "public" };'
WIDE = '@id("open") permit (principal, action, resource);'
TERMS = (DIRECTORY / "purposes.yaml").read_text(encoding="utf-8")


def packed(version: int = 1, text: str = OPEN) -> Packed:
    return Packed(version=version, files={"open.cedar": text, "purposes.yaml": TERMS})


def enveloped(made: Packed, *keys: SigningKey) -> Envelope:
    envelope = Envelope(KIND, made.to_json(), {})
    for key in keys:
        envelope = envelope.signed_by(key)
    return envelope


def refused(text: bytes, error: type[HubError], trusted: list[PublicKey] | None = TRUSTED) -> str:
    with pytest.raises(error) as caught:
        bundles.open_bundle(text, trusted)
    return caught.value.message


def test_a_bundle_that_a_trusted_key_signed_is_taken_and_any_other_signature_beside_it_is_no_harm() -> None:
    for keys in ((MINE,), (ANOTHERS, MINE)):
        found = bundles.open_bundle(enveloped(packed(), *keys).to_json(), TRUSTED)
        assert found.signer == MINE.public
        assert found.packed.version == 1


def test_a_bundle_that_was_changed_after_it_was_signed_is_refused() -> None:
    signed = enveloped(packed(), MINE)
    changed = replace(signed, payload=packed(text=WIDE).to_json())
    assert "None of the keys" in refused(changed.to_json(), SignatureRefused)
    for at in range(0, len(signed.payload), 97):
        flipped = bytearray(signed.payload)
        flipped[at] ^= 1
        refused(replace(signed, payload=bytes(flipped)).to_json(), SignatureRefused)


def test_a_bundle_that_another_key_signed_is_refused() -> None:
    refused(enveloped(packed(), ANOTHERS).to_json(), SignatureRefused)


def test_a_signature_under_the_name_of_a_trusted_key_is_refused() -> None:
    signature = next(iter(enveloped(packed(), ANOTHERS).signatures.values()))
    forged = Envelope(KIND, packed().to_json(), {MINE.public.id: signature})
    refused(forged.to_json(), SignatureRefused)


def test_an_unsigned_bundle_is_refused_where_signatures_are_asked_for() -> None:
    assert "not signed" in refused(enveloped(packed()).to_json(), SignatureRefused)
    assert bundles.open_bundle(enveloped(packed()).to_json(), None).signer is None


def test_a_signature_of_a_document_of_another_kind_does_not_make_it_a_bundle() -> None:
    letter = Envelope("text/plain", packed().to_json(), {}).signed_by(MINE)
    assert "another kind" in refused(letter.to_json(), SignatureRefused)
    assert "another kind" in refused(letter.to_json(), BundleUnreadable, None)
    refused(replace(letter, kind=KIND).to_json(), SignatureRefused)


@pytest.mark.parametrize(
    "name",
    [
        "../open.cedar", "/etc/passwd", "a/b.cedar", "cases/../../x.yaml", "open.cedar\n", "OPEN.cedar", "x.py",
        "cases/a.yaml/../b.yaml", "..", "", "a\x00.cedar", "hub.cedarschema",
    ],
)  # fmt: skip
def test_a_file_name_that_leads_elsewhere_is_refused(name: str) -> None:
    content = {"format": "hub-policies-1", "version": 1, "files": {name: OPEN, "purposes.yaml": TERMS}}
    refused(Envelope(KIND, json.dumps(content).encode(), {}).signed_by(MINE).to_json(), BundleUnreadable)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0}, {"version": -1}, {"version": 1.5}, {"version": "7"}, {"version": True}, {"version": 10**6},
        {"format": "hub-policies-2"}, {"files": []}, {"files": {"open.cedar": 1}}, {"more": 1}, {"version": None},
    ],
)  # fmt: skip
def test_what_is_no_bundle_is_refused_even_if_it_is_signed(changes: dict[str, Any]) -> None:
    content = {"format": "hub-policies-1", "version": 1, "files": {"open.cedar": OPEN, "purposes.yaml": TERMS}}
    text = Envelope(KIND, json.dumps({**content, **changes}).encode(), {}).signed_by(MINE).to_json()
    message = refused(text, BundleUnreadable)
    assert "principal" not in message


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b"null", b"{", b"[" * 5000, b"\xff\xfe", b'{"payloadType": 1, "payload": "?", "signatures": []}',
        json.dumps({"payloadType": KIND, "payload": "AAAA", "signatures": [{"keyid": "x", "sig": ""}]}).encode(),
        json.dumps({"payloadType": KIND, "payload": "AA\nAA", "signatures": []}).encode(),
        json.dumps({"payloadType": KIND, "payload": "AAAA", "signatures": {"a": 1}}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_refused(text: bytes) -> None:
    refused(text, EnvelopeDamaged)


def test_a_signed_bundle_that_does_not_validate_is_refused_with_file_line_and_why() -> None:
    wrong = "\n\n" + OPEN.replace("context.class ==", "resource.colour ==")
    message = refused(enveloped(packed(text=wrong), MINE).to_json(), PolicyError)
    assert message.startswith("open.cedar:3: policy open: does not fit the schema: attribute `colour`")


def test_a_signature_of_the_wrong_length_or_of_a_low_order_key_is_refused() -> None:
    for raw in (bytes(32), b"\x01" + bytes(31)):
        weak = PublicKey(raw)
        forged = Envelope(KIND, packed().to_json(), {weak.id: raw + bytes(32)})
        refused(forged.to_json(), SignatureRefused)
    for signature in (b"", b"x", bytes(64), bytes(65)):
        refused(Envelope(KIND, packed().to_json(), {MINE.public.id: signature}).to_json(), SignatureRefused)


@pytest.mark.parametrize(
    "line", ["", "rsa AAAA", "ed25519", "ed25519 AAAA", "ed25519 " + base64.b64encode(bytes(31)).decode(), "# remark"]
)
def test_a_list_of_keys_that_has_none_or_a_broken_one_is_refused(line: str) -> None:
    with pytest.raises(SigningKeyUnusable, match=r"keys:1|no public key"):
        read_public_keys(line, "keys")


def test_a_private_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(MINE.to_pem())
    file.chmod(0o640)
    with pytest.raises(SigningKeyUnusable, match="chmod 0600"):
        read_signing_key(file)
    file.chmod(0o600)
    assert read_signing_key(file).public == MINE.public
    file.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n", encoding="utf-8")
    with pytest.raises(SigningKeyUnusable) as error:
        read_signing_key(file)
    assert "secret" not in error.value.message
    assert "SigningKey" in repr(MINE)
    assert base64.b64encode(MINE.to_pem()).decode() not in repr(MINE)


# --- what is in the database ---

COPIED = """INSERT INTO policy_installation SELECT 3, version, digest, envelope, signer, reason, installed_at,
    installed_by, mac FROM policy_installation WHERE number = 1"""


@pytest_asyncio.fixture
async def url(server, migrated_template, request) -> str:
    name = f"signed_{abs(hash(request.node.name)):x}"
    return await embedded.create_database(server.url, name, template=migrated_template)


@pytest.fixture
def settings(url, tmp_path):
    trusted = tmp_path / "trusted"
    # Without the trusted documents, which so small a bundle could not answer.
    for name in ("policies", "mappings"):
        (tmp_path / name).symlink_to(DIRECTORY.parent / name)
    trusted.write_text(MINE.public.line + "\n", encoding="utf-8")

    def made(**changes: Any) -> Settings:
        return Settings.load(
            home=tmp_path, schema_dir=tmp_path, database_url=url, **{"policy_keys": trusted, **changes}
        )

    return made


async def installed(runtime, version: int, text: str = OPEN, key: SigningKey = MINE, roll_back: str | None = None):
    """Put a bundle in force as the command does."""
    found = bundles.open_bundle(enveloped(packed(version, text), key).to_json(), bundles.trusted_keys(runtime.settings))
    return await bundles.install(
        runtime.pool, runtime.audit, runtime.vault, found, roll_back=roll_back, by="operator"
    )  # fmt: skip


async def outcomes(runtime) -> list[str]:
    rows = await runtime.pool.fetch("SELECT outcome FROM audit_record WHERE action = 'policies' ORDER BY seq")
    return [row[0] for row in rows]


async def test_a_hub_that_asks_for_signatures_does_not_start_with_the_policies_of_a_directory(settings) -> None:
    with pytest.raises(bundles.NothingInstalled, match="must be signed"):
        async with running(settings()):
            pass


async def test_a_lower_or_equal_version_is_refused_unless_a_reason_is_given_and_the_audit_has_all_of_it(
    settings,
) -> None:
    async with running(settings(policy_keys=None)) as runtime:
        for version in (3, 7):
            await installed(runtime, version)
        for version in (7, 6, 3, 1):
            with pytest.raises(bundles.BundleOlder, match="not higher than 7"):
                await installed(runtime, version)
        await installed(runtime, 3, roll_back="7 hides open needs")
        # What came before counts, not only what is in force.
        with pytest.raises(bundles.BundleOlder, match="not higher than 7"):
            await installed(runtime, 6)
        with pytest.raises(bundles.BundleOlder, match="nothing to roll back"):
            await installed(runtime, 8, roll_back="why not")
        await installed(runtime, 8)
        assert await outcomes(runtime) == [
            "installed:3", "installed:7", *["refused:HUB-213"] * 4, "rolled-back:3", "refused:HUB-213", "installed:8",
        ]  # fmt: skip
        async with runtime.pool.acquire() as connection:
            made = await bundles.history(connection, runtime.vault)
        assert [(each.version, each.reason) for each in made] == [
            (3, None), (7, None), (3, "7 hides open needs"), (8, None),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "UPDATE policy_installation SET envelope = (SELECT envelope FROM policy_installation WHERE number = 1)",
            "Installation 2",
        ),
        ("UPDATE policy_installation SET version = 9 WHERE number = 2", "Installation 2"),
        ("UPDATE policy_installation SET reason = 'because' WHERE number = 2", "Installation 2"),
        ("UPDATE policy_installation SET number = 5 WHERE number = 1", "Installation 1"),
        ("DELETE FROM policy_installation WHERE number = 1", "Installation 1"),
        (COPIED, "Installation 3"),
    ],
)
async def test_what_somebody_wrote_to_the_list_without_the_keyring_is_not_put_in_force(
    settings, change, message
) -> None:
    async with running(settings(policy_keys=None)) as runtime:
        await installed(runtime, 1)
        await installed(runtime, 2)
        await runtime.pool.execute(change)
        async with runtime.pool.acquire() as connection:
            with pytest.raises(bundles.InstallationsBroken, match=message):
                await bundles.in_force(connection, runtime.vault, None)
    with pytest.raises(bundles.InstallationsBroken):
        async with running(settings(policy_keys=None)):
            pass


async def test_a_bundle_in_force_that_no_trusted_key_signed_any_more_stops_the_start(settings, tmp_path) -> None:
    async with running(settings(policy_keys=None)) as runtime:
        await installed(runtime, 1)
    async with running(settings()) as runtime:
        assert runtime.engine.policies.policies.keys() == {"open"}
    other = tmp_path / "other"
    other.write_text(ANOTHERS.public.line, encoding="utf-8")
    with pytest.raises(SignatureRefused):
        async with running(settings(policy_keys=other)):
            pass


async def test_a_missing_file_of_keys_stops_the_start_and_never_means_that_none_are_asked_for(settings) -> None:
    with pytest.raises(HubError, match="HUB_POLICY_KEYS"):
        async with running(settings(policy_keys=Path("/nowhere/keys"))):
            pass
