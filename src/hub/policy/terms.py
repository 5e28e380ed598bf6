"""The purposes and roles that policies may name, declared with their terms in ``purposes.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from hub.policy.errors import PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

TermName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Term(BaseModel):
    """What a purpose is for, in Chinese and in English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: Words
    en: Words


class Role(Term):
    """A kind of partner, and the purposes that such a partner may declare."""

    purposes: Annotated[tuple[TermName, ...], Field(min_length=1)]


class Terms(BaseModel):
    """Purposes and roles of the policies in this directory."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Purposes and roles")

    purposes: Annotated[dict[TermName, Term], Field(min_length=1)]
    roles: Annotated[dict[TermName, Role], Field(min_length=1)]

    @model_validator(mode="after")
    def _roles_name_known_purposes(self) -> Self:
        for name, role in self.roles.items():
            for purpose in role.purposes:
                if purpose not in self.purposes:
                    raise ValueError(f"role {name} names the purpose {purpose}, which is not declared")
        return self

    def purposes_of(self, roles: Iterable[str]) -> frozenset[str]:
        """Return the purposes that a partner with these roles may declare; unknown roles add none."""
        return frozenset(purpose for role in roles if role in self.roles for purpose in self.roles[role].purposes)


def read_terms(text: str, file: str) -> Terms:
    """Read ``purposes.yaml``. Raises ``PolicyError`` with file and place."""
    try:
        return Terms.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as wrong:
        raise PolicyError(f"{file}: not YAML: {wrong}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise PolicyError(f"{file}: {place}: {first['msg']}") from None
