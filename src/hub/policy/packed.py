"""A bundle as one document: a version, the policy files, ``purposes.yaml`` and the golden cases, as JSON.

There is no archive and nothing is ever unpacked: a file's name is a key in an object, and any other name is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from hub.policy.cases import differences, read_cases
from hub.policy.errors import PolicyError
from hub.policy.load import TERMS, bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.catalog import Catalogue
    from hub.policy.decide import Policies

KIND: Final = "application/vnd.hub.policies+json"
"""What a signature of a bundle says that it signs."""
LARGEST: Final = 8 * 1024 * 1024
"""Bytes; nothing longer is read as a bundle."""
_NAME: Final = r"^(?:purposes\.yaml|[a-z0-9][a-z0-9-]{0,62}\.cedar|cases/[a-z0-9][a-z0-9-]{0,62}\.yaml)$"
_CASES: Final = "cases/"
_SHOWN: Final = 5

FileName = Annotated[str, StringConstraints(pattern=_NAME)]


class BundleUnreadable(PolicyError):
    """A document is no bundle of policies."""

    code = "HUB-211"


class Packed(BaseModel):
    """A bundle of policies. ``version`` rises from one bundle to the next; ``files``: text by name."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["hub-policies-1"] = "hub-policies-1"
    version: Annotated[int, Field(ge=1, le=999_999)]
    files: dict[FileName, str]

    @property
    def cases(self) -> Mapping[str, str]:
        """The golden cases, by file."""
        return {name: text for name, text in self.files.items() if name.startswith(_CASES)}

    def to_json(self) -> bytes:
        """Return the document that is signed."""
        return self.model_dump_json(indent=1).encode()

    def policies(self, catalogue: Catalogue) -> Policies:
        """Load it; raises ``PolicyError`` with file and line as ``bundle`` does."""
        if TERMS not in self.files:
            raise PolicyError(f"{TERMS}: the list of purposes and roles is missing.")
        files = {name: text for name, text in self.files.items() if name.endswith(".cedar")}
        if not files:
            raise PolicyError("There are no policies (*.cedar) in the bundle.")
        return bundle(files, self.files[TERMS], catalogue)

    def require_cases(self, policies: Policies, catalogue: Catalogue) -> None:
        """Hold its golden cases against it; raises ``PolicyError`` with what they disagree about."""
        wrong = [
            f"{name}: {difference}"
            for name, text in sorted(self.cases.items())
            for difference in differences(read_cases(text, name), policies, catalogue)
        ]
        if wrong:
            more = f" … and {len(wrong) - _SHOWN} more." if len(wrong) > _SHOWN else ""
            raise PolicyError("The bundle's own cases fail: " + "; ".join(wrong[:_SHOWN]) + more)


def pack(directory: Path, version: int) -> Packed:
    """Read a directory of policies into a bundle. Raises ``PolicyError`` for a file that no bundle can have."""
    paths = [*directory.glob("*.cedar"), directory / TERMS, *directory.glob("cases/*.yaml")]
    if not (directory / TERMS).is_file():
        raise PolicyError(f"{directory / TERMS}: the list of purposes and roles is missing.")
    files: dict[str, str] = {}
    for path in sorted(paths):
        name = path.relative_to(directory).as_posix()
        if not is_packed_name(name):
            raise PolicyError(f"{path}: name it in lower case, digits and hyphens.")
        try:
            files[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"{path}: cannot be read as text in UTF-8: {error}") from None
    return Packed(version=version, files=files)


def is_packed_name(name: str) -> bool:
    """Tell whether a bundle can have a file of this name."""
    return re.fullmatch(_NAME, name) is not None


def read_packed(payload: bytes) -> Packed:
    """Read the document that was signed. Raises ``BundleUnreadable`` for what is no bundle."""
    if len(payload) > LARGEST:
        raise BundleUnreadable(f"The bundle is larger than {LARGEST} bytes.")
    try:
        return Packed.model_validate_json(payload)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise BundleUnreadable(f"This is no bundle of policies: {place}: {first['msg']}") from None
