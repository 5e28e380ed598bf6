"""Settings, from the environment: every one begins with ``HUB_``."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Self, TypeVar

import orjson
import yaml
from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

import hub
from hub.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection

SOURCES = "sources.json"
DEMO = "demo.json"
"""What ``hub demo`` writes when all of it is there."""
SOURCE = "HUB_SOURCE_"
"""What the variables begin with that say where a source is."""
OLDEST_POSTGRESQL = 15
"""Oldest major version of PostgreSQL that the hub works with."""

Model = TypeVar("Model", bound=BaseModel)


def load_yaml(file: Path, model: type[Model], *, empty: object = None) -> Model:
    """Read a file of settings in YAML. ``empty``: what an empty one says. Raises ``SettingsError``, file and place."""
    return parse_yaml(text_of(file), str(file), model, empty=empty)


def text_of(file: Path) -> str:
    """Read a file of settings as it stands. Raises ``SettingsError``."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as wrong:
        raise SettingsError(f"{file}: not YAML in UTF-8: {wrong}") from None
    except OSError as wrong:
        raise SettingsError(f"{file} cannot be read: {wrong.strerror}.") from None


def parse_yaml(text: str, where: str, model: type[Model], *, empty: object = None) -> Model:
    """Read settings in YAML from their text. Raises ``SettingsError`` with ``where`` and the place."""
    try:
        return model.model_validate(yaml.safe_load(text) or empty)
    except yaml.YAMLError as wrong:
        raise SettingsError(f"{where}: not YAML in UTF-8: {wrong}") from None
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"{where}: {place}: {first['msg']}.") from None


class Settings(BaseSettings):
    """What one installation decides. Without any of it, the hub keeps all it needs under ``HUB_HOME``."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True, extra="ignore")

    home: Path = Field(default=Path("hub-home"), description="Directory of keyring, embedded database and logs")
    database_url: str | None = Field(default=None, description="PostgreSQL of one's own; none starts an embedded one")
    schema_dir: Path | None = Field(default=None, description="Directory of policies, mappings and operations")
    policy_keys: Path | None = Field(
        default=None, description="File of public keys, one a line; set, only policies that one of them signed count"
    )
    keyring: Path | None = Field(default=None, description="Keyring file; default HUB_HOME/keyring.json")
    issuers: Path | None = Field(default=None, description="File of identity providers; default HUB_HOME/issuers.yaml")
    trusted_proxies: str | None = Field(
        default=None, description="Addresses of proxies whose header Client-Cert is believed, by commas"
    )
    host: str = Field(default="127.0.0.1", description="Address to serve on")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to serve on")
    connections: int = Field(
        default=4096, ge=128, le=60_000, description="Connections of clients that a process holds open at once"
    )
    # A night, what is decided between two and an estimate that reads households hold four, and each wants one more.
    pool_size: int = Field(default=10, ge=6, le=200, description="Database connections a process may hold, three times")
    page_limit: int = Field(default=1000, ge=1, le=10_000, description="Largest page")
    lookups_per_hour: int = Field(default=2000, ge=0, description="Protected values a partner may look up in an hour")
    lookups_per_day: int = Field(default=10_000, ge=1, description="Protected values a partner may look up in a day")
    missed_lookups_per_hour: int = Field(
        default=20, ge=0, description="Values that a partner sees masked and may look up in vain in an hour"
    )
    cost_limit: int = Field(default=1_000_000, ge=1, description="What one query may cost, in units")
    cost_per_minute: int = Field(
        default=60_000_000, ge=0, description="What a partner's queries may cost a process in a minute; 0: no bound"
    )
    smallest_group: int = Field(
        default=5, ge=3, le=1000, description="Rows that a group must have for its numbers to be shown"
    )
    counts_stand_days: int = Field(
        default=30, ge=1, le=3660, description="Days that who sees counts and no rows is given the same counts again"
    )
    counts_kept_days: int = Field(
        default=365, ge=1, le=36_500, description="Days that such counts are remembered, and new ones held against them"
    )
    counts_per_day: int = Field(
        default=50, ge=1, description="Different tables of such counts that a partner may be shown in a day"
    )
    loss_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of a source table's rows that may be gone or unfit before a run stops",
    )
    statement_seconds: float = Field(default=10.0, ge=0.001, le=600, description="How long one SQL statement may take")
    answer_limit: int = Field(default=16 * 1024 * 1024, ge=1024, description="Largest answer, bytes")
    hide_denied: bool = Field(default=True, description="Whether entities without any right are unknown names")
    explain_roles: str = Field(default="auditor", description="Roles that may see how answers are made, by commas")
    cells_roles: str = Field(
        default="auditor,civil-affairs", description="Roles that may see what is decided of each cell, by commas"
    )
    trusted_only: bool = Field(default=False, description="Answer nothing but the documents in schema/operations")
    event_days: int = Field(
        default=180, ge=1, le=36_500, description="Days that events are kept, once every webhook was sent them"
    )
    idempotency_days: int = Field(
        default=30, ge=1, le=36_500, description="Days that a step's idempotencyKey keeps it from being taken again"
    )
    webhook_seconds: float = Field(
        default=15.0, ge=0.1, le=60, description="Seconds that the receiver of a webhook has to answer"
    )
    webhook_networks: str | None = Field(
        default=None, description="Networks besides public ones that webhooks are sent to, by commas: 10.20.0.0/16"
    )
    webhook_ca: Path | None = Field(
        default=None, description="File (PEM) of further authorities that receivers' certificates are trusted by"
    )
    webhook_plain: bool = Field(default=False, description="Send webhooks without TLS too: for tests alone")
    matching_at: str | None = Field(
        default=None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Time in Beijing at which needs are matched with resources every day, as 02:30; none: never",
    )
    matching_propose: bool = Field(
        default=False, description="Whether what the night of a day found goes out to charities by itself"
    )
    matching_online: bool = Field(
        default=True,
        description="Whether bid prices hold units for needs still to come and, under HUB_MATCHING_PROPOSE, decide at "
        "once what happens between nights",
    )
    matching_memory: int = Field(default=2048, ge=64, le=1_000_000, description="Memory of the solver, MiB")
    matching_seconds: float = Field(default=600.0, ge=0.1, le=36_000, description="How long the solver may take")
    matching_days: int = Field(
        default=90, ge=1, le=36_500, description="Days that what proves a run of matching is kept, sealed"
    )
    demo_rules: bool = Field(
        default=False, description="Use rules of means checks of which some rest on no text: for the demo alone"
    )
    body_limit: int = Field(default=256 * 1024, ge=1024, description="Largest request body, bytes")

    @classmethod
    def load(cls, **given: object) -> Self:
        """Return the settings; ``SettingsError`` names the variable that does not fit, or is one of them misspelt."""
        _refuse_misspelt(cls.model_fields)
        try:
            return cls(**given)  # type: ignore[arg-type] # pydantic checks what comes from outside
        except ValidationError as error:
            first = error.errors()[0]
            name = "HUB_" + "_".join(str(part) for part in first["loc"]).upper()
            raise SettingsError(f"{name}: {first['msg']}.") from None

    def require_existing(self) -> None:
        """Refuse to look into a hub that is not there: opening it would make one, with a keyring of its own."""
        if self.database_url is None and not self.keyring_file.exists():
            raise SettingsError(f"There is no hub in {self.home.absolute()}. Say in HUB_HOME where yours is.")

    @property
    def explainers(self) -> frozenset[str]:
        """The roles that may see how answers are made."""
        return frozenset(role.strip() for role in self.explain_roles.split(",") if role.strip())

    @property
    def cell_readers(self) -> frozenset[str]:
        """The roles that may see what is decided of each cell."""
        return frozenset(role.strip() for role in self.cells_roles.split(",") if role.strip())

    @property
    def keyring_file(self) -> Path:
        """Where the keyring is."""
        return self.keyring or self.home / "keyring.json"

    @property
    def issuers_file(self) -> Path:
        """Where the identity providers are named, if any are."""
        return self.issuers or self.home / "issuers.yaml"

    @property
    def schema_directory(self) -> Path:
        """Where policies and mappings are: as set, inside the installed package, else beside ``src``."""
        return self.shipped_schema if self.schema_dir is None else self.schema_dir

    @property
    def shipped_schema(self) -> Path:
        """Those that come with the hub."""
        package = Path(hub.__file__).parent
        installed = package / "_schema"
        return installed if installed.is_dir() else package.parent.parent / "schema"

    @property
    def takes_demo_rules(self) -> bool:
        """Whether rules for the demo may be used: where it is said so, and in a home that ``hub demo`` made."""
        return self.demo_rules or (self.home / DEMO).exists()

    def sources(self) -> dict[str, str]:
        """Where each source is, by its name: ``HUB_SOURCE_<NAME>``, else ``HUB_HOME/sources.json``.

        Connection URLs may hold passwords: the file must be the owner's alone.
        """
        found: dict[str, str] = {}
        file = self.home / SOURCES
        if file.exists():
            if file.stat().st_mode & 0o077:
                raise SettingsError(f"{file} holds passwords and others may read it: chmod 600 {file}")
            try:
                found = dict(orjson.loads(file.read_bytes()))
            except (ValueError, TypeError):
                raise SettingsError(f"{file} must be a JSON object of source names and locations.") from None
        for name, value in os.environ.items():
            if name.startswith(SOURCE):
                found[name.removeprefix(SOURCE).lower().replace("_", "-")] = value
        return found

    def refuse_unknown_sources(self, known: Collection[str]) -> None:
        """Refuse a place that is given for a source without a mapping: what was meant would not be pulled."""
        names = [source_variable(source) for source in known]
        for name in sorted(os.environ):
            if name.startswith(SOURCE) and name not in names:
                near = get_close_matches(name, names, 1, 0.6) or [", ".join(names)]
                raise SettingsError(f"{name} names no source that has a mapping. Was {near[0]} meant?")

    def keep_sources(self, sources: dict[str, str]) -> None:
        """Write ``HUB_HOME/sources.json``, for its owner alone."""
        file = self.home / SOURCES
        write_private(file, orjson.dumps(sources, option=orjson.OPT_INDENT_2))


def source_variable(source: str) -> str:
    """Return the variable that says where a source is."""
    return SOURCE + source.upper().replace("-", "_")


def described() -> str:
    """All settings, for 80 columns: variable and default, and below it what it means."""
    return "\n".join(
        f"  HUB_{name.upper()}{'' if item.default is None else f' (default {_spelt(item.default)})'}\n"
        + fill(item.description or "", 76, initial_indent=" " * 6, subsequent_indent=" " * 6)
        for name, item in Settings.model_fields.items()
    )


def _spelt(value: Any) -> str:
    """A default as a person would write it into the environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refuse_misspelt(known: Collection[str]) -> None:
    """Refuse a variable that is nearly the name of a setting: a bound that was meant must not be missing in silence."""
    names = [f"HUB_{name.upper()}" for name in known]
    for name in os.environ:
        if not name.startswith("HUB_") or name in names or name.startswith(SOURCE):
            continue
        if near := get_close_matches(name, names, 1, 0.85):
            raise SettingsError(f"{name} is no setting. Was {near[0]} meant?")


def write_private(file: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all; whatever stood there, a link too, is replaced."""
    draft = file.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
    draft.replace(file)
