"""Identity providers whose access tokens the hub takes, as ``issuers.yaml`` in the home names them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from hub.settings import load_yaml

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"
]  # fmt: skip
"""Signatures with a private key. What is signed with a secret that both sides have could be made by either."""
Words = Annotated[str, StringConstraints(min_length=1, max_length=500)]


def safe_url(value: object) -> str:
    """Return an address that keys may be fetched from: by HTTPS, or from this machine; ``ValueError`` for another."""
    if not isinstance(value, str):
        raise ValueError("must be an address")
    parts = urlsplit(value)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be an address, https://host/path, without user, query and fragment")
    if parts.scheme == "http" and not _this_machine(parts.hostname):
        raise ValueError("must begin with https://, as keys that come otherwise could be anybody's")
    return value


Url = Annotated[str, BeforeValidator(safe_url)]


class PartnerClaim(BaseModel):
    """A claim that says which partner a subject belongs to. ``values``: of the claim, to names of partners."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: Words
    values: Annotated[dict[Words, Words], Field(min_length=1)]


class Issuer(BaseModel):
    """One identity provider.

    ``issuer``: as its tokens say it. ``audience``: what they must be meant for. ``partner``, or ``partners`` by a
    claim: whose members its subjects are. ``subject``: the claim that says who it is. ``keys``: where its keys are,
    where that is not for its own metadata to say. ``clock_skew``: seconds by which the clocks may differ.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Url
    audience: Words
    partner: Words | None = None
    partners: PartnerClaim | None = None
    subject: Words = "sub"
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = ("RS256", "PS256", "ES256")
    clock_skew: Annotated[int, Field(ge=0, le=120)] = 30
    keys: Url | None = None

    @model_validator(mode="after")
    def _says_whose_subjects(self) -> Self:
        if (self.partner is None) == (self.partners is None):
            raise ValueError("say in partner whose members its subjects are, or in partners how a claim says it")
        return self

    @property
    def partner_names(self) -> frozenset[str]:
        """The partners whose members it may speak for."""
        return frozenset(self.partners.values.values() if self.partners else [self.partner or ""])

    def partner_of(self, claims: dict[str, Any]) -> str | None:
        """Return the name of the partner that the subject of these claims belongs to; None where they say none."""
        if self.partners is None:
            return self.partner
        value = claims.get(self.partners.claim)
        return self.partners.values.get(value) if isinstance(value, str) else None


class Issuers(BaseModel):
    """The identity providers of one installation."""

    model_config = ConfigDict(extra="forbid", frozen=True, title="Identity providers")

    issuers: tuple[Issuer, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [each.issuer for each in self.issuers]
        if len(set(names)) != len(names):
            raise ValueError("an issuer stands here twice")
        return self


NONE: Final = Issuers()


def load_issuers(file: Path) -> Issuers:
    """Read the file; none where there is no file. Raises ``SettingsError`` with file and place."""
    return load_yaml(file, Issuers, empty={}) if file.exists() else NONE


def _this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
