"""Who answers for rules: where policies must be signed (``HUB_POLICY_KEYS``), rules must be, by one of the same keys.

The signature stands beside the rules, over the file as it is: a rule that somebody changes on the disk counts no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.crypto import Envelope
from hub.errors import HubError
from hub.means.rules.errors import RulesRefused

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from hub.crypto import PublicKey, SigningKey
    from hub.means.rules.loading import Rules

SIGNATURE: Final = "means.signed"
KIND: Final = "application/vnd.assistance-hub.means-rules+yaml"
DEMO: Final = (
    "The rules of means checks are those of the demo, which rest on no text in part: put those of your division in "
    "schema/rules (README.md there), or set HUB_DEMO_RULES where nothing depends on it."
)


def sign(rules: Rules, directory: Path, key: SigningKey) -> Path:
    """Sign rules, beside them; with signatures that others gave to the same text. Returns the file."""
    file, text = directory / SIGNATURE, rules.text.encode()
    envelope = Envelope(KIND, text, {})
    if file.exists():
        known = Envelope.parse(file.read_bytes())
        envelope = known if known.payload == text else envelope
    file.write_bytes(envelope.signed_by(key).to_json())
    return file


def signer_of(rules: Rules, directory: Path, keys: Collection[PublicKey]) -> PublicKey:
    """Which of the keys signed the rules. Raises ``RulesRefused``, and what ``Envelope`` raises."""
    file = directory / SIGNATURE
    if not file.exists():
        raise RulesRefused(
            f"HUB_POLICY_KEYS says that rules must be signed, and there is no {file}: hub rules sign --key FILE."
        )
    envelope = Envelope.parse(file.read_bytes())
    signer = envelope.require_signature(KIND, keys)
    if envelope.payload != rules.text.encode():
        raise RulesRefused(f"The rules are not what was signed in {file}: have them signed anew, hub rules sign.")
    return signer


def why_unusable(rules: Rules, directory: Path, keys: Collection[PublicKey] | None, *, demo: bool) -> str | None:
    """Why nothing may be reported by these rules; None where it may. ``keys``: that must have signed them, if any."""
    if rules.bundle.demo and not demo:
        return DEMO
    if keys is None:
        return None
    try:
        signer_of(rules, directory, keys)
    except HubError as refused:
        return refused.message
    return None
