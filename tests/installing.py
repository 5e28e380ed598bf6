"""Puts the shipped policies, and some more, in force in a hub of this process: as ``hub policy install`` does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub import bundles
from hub.crypto import Envelope
from hub.policy.packed import KIND, pack

if TYPE_CHECKING:
    from hub.runtime import Runtime

DIRECTORY = Path(__file__).parents[1] / "schema" / "policies"


def bundle_of(version: int, more: str = "") -> bundles.Bundle:
    """The shipped policies and these, without a signature."""
    packed = pack(DIRECTORY, version)
    packed.files["more.cedar"] = more or "// nothing more"
    return bundles.open_bundle(Envelope(KIND, packed.to_json(), {}).to_json(), None)


async def install(runtime: Runtime, more: str = "") -> bytes:
    """Put them in force under the next version; return their digest."""
    version = await runtime.pool.fetchval("SELECT coalesce(max(version), 0) + 1 FROM policy_installation")
    found = bundle_of(version, more)
    await bundles.install(runtime.pool, runtime.audit, runtime.vault, found, roll_back=None, by="test")
    return bytes.fromhex(found.policies.digest)
