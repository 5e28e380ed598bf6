"""Trusted documents: queries that were looked at before they were asked, kept by file and asked for by digest.

``schema/operations/<role>/*.graphql`` has them. The identifier of each is ``sha256:`` and the SHA-256 of the file, as
the persisted documents of GraphQL over HTTP have it. A document is there for viewers in its role alone, and gives
no right: policy decides about it as about any other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from graphql import GraphQLError, OperationDefinitionNode, parse

from hub.errors import HubError
from hub.policy import ALL_GRANTED, Principal
from hub.query.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.query.document.schemas import ViewerSchemas

_SOMEWHERE: Final = frozenset({"110101"})
"""What exists for a viewer in charge of no division is less; of which one makes no difference."""


class DocumentUnknown(RequestError):
    """No trusted document has this identifier, or none that this viewer's role has."""

    code = "HUB-144"
    status = 404


class DocumentNotTrusted(RequestError):
    """This installation answers trusted documents only, and this is none."""

    code = "HUB-118"
    status = 403


class DocumentsRefused(HubError):
    """A trusted document could never be answered; the hub does not start."""

    code = "HUB-907"


@dataclass(frozen=True, slots=True)
class Document:
    """A trusted document. ``file``: below the directory of operations; ``operations``: their names, in order."""

    text: str
    roles: frozenset[str]
    file: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trusted:
    """The manifest. ``only``: whether anything else is refused."""

    documents: Mapping[str, Document]
    only: bool = False

    def text(self, query: str, identifier: str | None, principal: Principal) -> str:
        """Return the document that a request asks for, by its identifier or as text."""
        wanted = identifier if identifier is not None else identify(query) if self.only else None
        if wanted is None:
            return query
        found = self.documents.get(wanted)
        if found is not None and found.roles & principal.roles:
            return found.text
        if identifier is None:
            raise DocumentNotTrusted("Only trusted documents are answered here. Ask by documentId.")
        raise DocumentUnknown("There is no trusted document with this documentId for your role.")


def identify(text: str) -> str:
    """Return the identifier of a document."""
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"


def load_trusted(directory: Path, schemas: ViewerSchemas, *, only: bool) -> Trusted:
    """Read the trusted documents of every role and check each against what exists for that role.

    The same document may stand under several roles. Raises ``DocumentsRefused`` with file and line for one that is
    not valid or not within limits for any purpose of its role, for a folder that is no role's, and, where nothing
    else is answered, for having none.
    """
    found: dict[str, Document] = {}
    for folder in sorted(path for path in directory.glob("*") if path.is_dir()):
        if folder.name not in schemas.policies.terms.roles:
            raise DocumentsRefused(f"{folder}: there is no role of this name. Folders of operations are named by role.")
        for file in sorted(folder.glob("*.graphql")):
            made = _document(file, folder.name, schemas)
            known = found.get(key := identify(made.text))
            found[key] = made if known is None else Document(
                made.text, made.roles | known.roles, known.file, made.operations
            )  # fmt: skip
    if only and not found:
        raise DocumentsRefused(f"HUB_TRUSTED_ONLY is set, and {directory} has no documents.")
    return Trusted(found, only)


def _document(file: Path, role: str, schemas: ViewerSchemas) -> Document:
    try:
        text = file.read_bytes().decode()
        parsed = parse(text, no_location=True, allow_empty_selection_sets=False)
    except UnicodeDecodeError:
        raise DocumentsRefused(f"{file}: is not UTF-8.") from None
    except GraphQLError as error:
        raise DocumentsRefused(f"{file}{_line(error)}: {error.message}") from None
    names = [
        node.name.value if node.name else None
        for node in parsed.definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    if not names or None in names:
        raise DocumentsRefused(f"{file}: give each operation a name; logs and reports show it.")
    for name in names:
        _require_answerable(file, text, name, role, schemas)
    return Document(text, frozenset({role}), f"{role}/{file.name}", tuple(name for name in names if name))


def _require_answerable(file: Path, text: str, name: str | None, role: str, schemas: ViewerSchemas) -> None:
    """Validate for each purpose that the role may declare; one must do. What is valid is remembered for requests."""
    refused: RequestError | None = None
    for purpose in schemas.policies.terms.roles[role].purposes:
        viewer = Principal("", "", frozenset({role}), _SOMEWHERE, purpose, ALL_GRANTED)
        try:
            schemas.documents(viewer).operation(text, name, lambda viewer=viewer: schemas.shown(viewer))  # type: ignore[misc]
        except RequestError as error:
            refused = error
        else:
            return
    if refused is not None:
        line = f":{refused.locations[0][0]}" if refused.locations else ""
        raise DocumentsRefused(f"{file}{line}: {refused.message}")


def _line(error: GraphQLError) -> str:
    return f":{error.locations[0].line}" if error.locations else ""
