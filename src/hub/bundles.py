"""Bundles of policies: checked, put in force, and found again by whoever starts.

A bundle is one document (``hub.policy.packed``) in a signed envelope (``hub.crypto.signing``), and the database
keeps those that were put in force (``hub.store.installations``). Where ``HUB_POLICY_KEYS`` names a file of public keys,
nothing counts that none of them signed. Without any bundle, the policies are those of the directory.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hub.crypto import Envelope, read_public_keys
from hub.domain import CATALOGUE
from hub.errors import HubError, SettingsError
from hub.policy.packed import KIND, BundleUnreadable, read_packed
from hub.store.audit import AuditRecord, own_record
from hub.store.installations import Installation, append_installation, installations, locked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.crypto import PublicKey, Vault
    from hub.policy import Policies
    from hub.policy.packed import Packed
    from hub.settings import Settings
    from hub.store.audit import Connection
    from hub.store.pool import Pool
    from hub.store.sequencer import Sequencer

LABEL: Final = "policy installations"
"""Of the authentication codes of installations."""


class BundleOlder(HubError):
    """A bundle that is not newer than what was in force, and nobody said why it should be rolled back to."""

    code = "HUB-213"


class InstallationsBroken(HubError):
    """The list of installed bundles is not as this hub wrote it."""

    code = "HUB-214"


class NothingInstalled(HubError):
    """The hub takes signed policies alone, and none were installed; it does not start."""

    code = "HUB-215"

    def __init__(self, keys: Path | None) -> None:
        super().__init__(
            f"HUB_POLICY_KEYS ({keys}) says that policies must be signed, and no bundle was installed. Sign one and "
            "install it: hub policy pack, hub policy sign, hub policy install."
        )


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that may be put in force; ``open_bundle`` makes it. ``signer``: the key that it was checked with."""

    packed: Packed
    policies: Policies
    envelope: bytes
    signer: PublicKey | None


@dataclass(frozen=True, slots=True)
class Installed:
    """The bundle in force. ``number``: counts installations, a roll-back too."""

    number: int
    bundle: Bundle


def trusted_keys(settings: Settings) -> Sequence[PublicKey] | None:
    """The keys that may sign bundles; None where the hub asks for no signature."""
    if settings.policy_keys is None:
        return None
    try:
        text = settings.policy_keys.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"HUB_POLICY_KEYS: {settings.policy_keys} cannot be read: {error}") from None
    return read_public_keys(text, str(settings.policy_keys))


def open_bundle(text: bytes, keys: Sequence[PublicKey] | None) -> Bundle:
    """Check a bundle: 1. who signed it, 2. that it is one, 3. that its policies fit. Nothing is parsed before 1 holds.

    Raises ``SignatureRefused``, ``EnvelopeDamaged``, ``BundleUnreadable``, and ``PolicyError`` with file, line and why.
    """
    envelope = Envelope.parse(text)
    signer = None if keys is None else envelope.require_signature(KIND, keys)
    if envelope.kind != KIND:
        raise BundleUnreadable(f"This is a document of another kind ({envelope.kind!r}), not {KIND!r}.")
    packed = read_packed(envelope.payload)
    return Bundle(packed, packed.policies(CATALOGUE), text, signer)


async def in_force(connection: Connection, vault: Vault, keys: Sequence[PublicKey] | None) -> Installed | None:
    """Return the bundle that was put in force last; None where there never was one.

    Raises ``InstallationsBroken`` where somebody else wrote to the list or took from it, and as ``open_bundle`` does.
    """
    listed = await history(connection, vault)
    if not listed:
        return None
    last = listed[-1]
    return Installed(last.number, open_bundle(last.envelope, keys))


async def history(connection: Connection, vault: Vault) -> Sequence[Installation]:
    """All installations in order. Raises ``InstallationsBroken``."""
    listed = await installations(connection, vault.mac(LABEL))
    whole = [made for made in listed if made is not None]
    if len(whole) < len(listed):
        raise InstallationsBroken(
            f"Installation {listed.index(None) + 1} of the policies is missing, or was not written by this hub. "
            "Restore the table policy_installation from a backup that belongs to this keyring."
        )
    return whole


async def install(
    pool: Pool,
    audit: Sequencer,
    vault: Vault,
    bundle: Bundle,
    *,
    roll_back: str | None,
    by: str,
) -> Installed:
    """Put a bundle in force, for every process from the next answer on; the audit has it before that.

    ``roll_back``: why a version may be put in force that is not higher than any before. Raises ``BundleOlder``, which
    the audit has too.
    """
    version = bundle.packed.version
    async with pool.acquire() as connection, connection.transaction():
        await locked(connection)
        before = await history(connection, vault)
        highest = max((made.version for made in before), default=0)
        back = version <= highest
        if back and roll_back is None:
            await audit.append(_record(bundle, f"refused:{BundleOlder.code}"))
            raise BundleOlder(
                f"Version {version} is not higher than {highest}, which was in force. To put it in force all the same: "
                '--roll-back "why". The audit keeps that.'
            )
        if not back and roll_back is not None:
            raise BundleOlder(f"Version {version} is higher than any before: there is nothing to roll back.")
        number = len(before) + 1
        await append_installation(
            connection,
            Installation(
                number=number, version=version, digest=bytes.fromhex(bundle.policies.digest), envelope=bundle.envelope,
                signer=None if bundle.signer is None else bundle.signer.id, reason=roll_back,
                installed_at=datetime.now(UTC), installed_by=by,
            ),
            vault.mac(LABEL),
        )  # fmt: skip
        # Before the commit: the audit may say too much, never too little.
        await audit.append(_record(bundle, f"{'rolled-back' if back else 'installed'}:{version}"))
    return Installed(number, bundle)


def _record(bundle: Bundle, outcome: str) -> AuditRecord:
    digest = bytes.fromhex(bundle.policies.digest)
    return own_record("policies", 0, datetime.now(UTC), policy=digest, outcome=outcome)
