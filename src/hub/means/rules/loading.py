"""Rules read from their files, checked as a whole, and kept as they are so that a report can be made again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.means.rules import lint
from hub.means.rules.applied import Applied, apply
from hub.means.rules.bundle import UNKNOWN, Articles, Bundle
from hub.means.rules.errors import RulesRefused
from hub.settings import load_yaml, parse_yaml, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from hub.means.rules.bundle import Article

DIRECTORY: Final = "rules"
"""Where they stand in the schema directory."""
FILE: Final = "means.yaml"
ARTICLES: Final = "articles.yaml"
MOST_KEPT: Final = 5_000
"""Divisions and days of which the rules are kept ready."""


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """A bundle that was checked. ``text``: the file as it stands; ``digest``: SHA-256 of it, in hexadecimal.

    ``own``: the divisions that have values of their own. ``kept``: the bundle as it holds by division and day.
    """

    bundle: Bundle
    articles: Mapping[str, Article]
    text: str
    digest: str
    own: frozenset[str]
    kept: dict[tuple[str, date], Applied] = field(default_factory=dict, repr=False)

    def at(self, division: str, day: date) -> Applied:
        """The rules as they hold in a division on a day. Raises ``NoStandard``."""
        # A county's villages have the county's numbers: a few entries, not one for each village.
        key = (self._nearest(division), day)
        made = self.kept.get(key)
        if made is None:
            if len(self.kept) > MOST_KEPT:
                self.kept.clear()
            made = self.kept[key] = apply(self.bundle, key[0], day)
        return made

    def _nearest(self, division: str) -> str:
        """The division itself, shortened to the longest one that has values of its own."""
        for end in range(len(division), 1, -1):
            if division[:end] in self.own:
                return division[:end]
        return division[:4]

    @property
    def unread(self) -> tuple[str, ...]:
        """The places that cite no text, for every report to say."""
        return tuple(place for place, cites in lint.cited(self.bundle) if UNKNOWN in cites)


def load_rules(directory: Path, *, demo: bool = True) -> Rules:
    """Read the rules of a directory. ``demo``: whether a bundle for the demo may be used.

    Raises ``SettingsError``, and ``RulesRefused`` with everything that is wrong.
    """
    articles = load_yaml(directory / ARTICLES, Articles).articles
    file = directory / FILE
    return read_rules(text_of(file), articles, str(file), demo=demo)


def read_rules(text: str, articles: Mapping[str, Article], where: str, *, demo: bool = True) -> Rules:
    """Read rules from their text, as ``load_rules`` does."""
    bundle = parse_yaml(text, where, Bundle)
    found = lint.faults(bundle, articles)
    if bundle.demo and not demo:
        found.append("demo: these rules are for the demo: some of their values rest on no text.")
    if found:
        raise RulesRefused(f"{where} cannot be used:\n" + "\n".join(f"- {each}" for each in found))
    return _rules(bundle, articles, text)


def read_kept(text: str, articles: Mapping[str, Article], where: str) -> Rules:
    """Read rules that were in force once: what was found to be wrong with such rules since is no reason to refuse them.

    Raises ``SettingsError`` where they cannot be read at all.
    """
    return _rules(parse_yaml(text, where, Bundle), articles, text)


def _rules(bundle: Bundle, articles: Mapping[str, Article], text: str) -> Rules:
    own = frozenset(division for parameter in bundle.parameters.values() for division in parameter.values)
    return Rules(bundle, articles, text, hashlib.sha256(text.encode()).hexdigest(), own)
