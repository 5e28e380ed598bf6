"""Who answers for how needs are weighed and how narrow criteria may be: policy, as who may see what.

Where policies must be signed (``HUB_POLICY_KEYS``), both files must be, by one of the same keys, and nothing is placed
by any others. The signature stands beside them, over the files as they are.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import orjson

from hub.crypto import Envelope
from hub.errors import HubError
from hub.matching.criteria.vocabulary import FILE as CRITERIA
from hub.matching.parameters import FILE as PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from hub.crypto import PublicKey, SigningKey

SIGNATURE: Final = "matching/matching.signed"
KIND: Final = "application/vnd.assistance-hub.matching-files+json"


class MatchingUnsigned(HubError):
    """How needs are weighed, or how narrow criteria may be, is not what somebody answers for."""

    code = "HUB-935"


def sign(directory: Path, key: SigningKey) -> Path:
    """Sign both files of a schema directory; with signatures that others gave to the same. Returns the file."""
    file, stated = directory / SIGNATURE, _stated(directory)
    envelope = Envelope(KIND, stated, {})
    if file.exists():
        known = Envelope.parse(file.read_bytes())
        envelope = known if known.payload == stated else envelope
    file.write_bytes(envelope.signed_by(key).to_json())
    return file


def require_signed(directory: Path, keys: Collection[PublicKey] | None) -> None:
    """Raise ``MatchingUnsigned`` where one of the keys has to have signed both files, and none did.

    ``keys``: None where the hub asks for no signature. Raises what ``Envelope`` raises as well.
    """
    if keys is None:
        return
    file = directory / SIGNATURE
    if not file.exists():
        raise MatchingUnsigned(
            f"HUB_POLICY_KEYS says that {PARAMETERS} and {CRITERIA} must be signed, and there is no {file}: "
            "hub match sign --key FILE."
        )
    envelope = Envelope.parse(file.read_bytes())
    envelope.require_signature(KIND, keys)
    if envelope.payload != _stated(directory):
        raise MatchingUnsigned(
            f"{PARAMETERS} or {CRITERIA} is not what was signed in {file}: have them signed anew, hub match sign."
        )


def _stated(directory: Path) -> bytes:
    digests = {name: hashlib.sha256((directory / name).read_bytes()).hexdigest() for name in (CRITERIA, PARAMETERS)}
    return orjson.dumps(digests, option=orjson.OPT_SORT_KEYS)
