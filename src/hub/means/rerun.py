"""A report made again from what is stored: the same bytes, or it says what is otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.catalog import Group
from hub.errors import HubError
from hub.means.code import code_of
from hub.means.composing import FORMATS, canonical, compose, digest
from hub.means.reporting import LABEL
from hub.means.rules import read_kept
from hub.store.means_rules import kept_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.crypto import Vault
    from hub.means.rules import Rules
    from hub.store.pool import Pool

_REPORT: Final = """
SELECT id, number, report_version, outcome, rules_digest, code, inputs, content FROM check_report
WHERE number = $1 AND ($2::int IS NULL OR report_version = $2) ORDER BY report_version DESC LIMIT 1
"""


class NoSuchReport(HubError):
    """No report has this number, or this version of it is not there."""

    code = "HUB-942"


class NotTheSame(HubError):
    """A stored report is not what its inputs and rules give: something was changed, or is missing."""

    code = "HUB-943"


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A version of a report in plain. ``content``: as JSON."""

    number: str
    version: int
    outcome: str
    code: str
    rules_digest: str
    inputs: str
    content: str

    @property
    def parsed(self) -> Mapping[str, Any]:
        """Its content."""
        found: Mapping[str, Any] = orjson.loads(self.content)
        return found


async def read_report(pool: Pool, vault: Vault, number: str, version: int | None) -> StoredReport:
    """Read a report by its number; without a version, the last one. Raises ``NoSuchReport``."""
    async with pool.acquire() as connection:
        row = await connection.fetchrow(_REPORT, number, version)
    if row is None:
        said = "" if version is None else f", version {version}"
        raise NoSuchReport(f"There is no report {number}{said}: its number stands on its first page.")
    opened = {
        name: vault.opener("check_report", name, Group.FINANCE).open(row["id"].bytes, row[name])
        for name in ("inputs", "content")
    }
    return StoredReport(
        row["number"], row["report_version"], row["outcome"], row["code"], row["rules_digest"], opened["inputs"],
        opened["content"],
    )  # fmt: skip


async def rerun(pool: Pool, vault: Vault, rules: Rules, number: str, version: int | None) -> StoredReport:
    """Make a report again by the rules that it was made by; return it. ``rules``: have the articles.

    Raises ``NoSuchReport``, and ``NotTheSame`` where a single byte of it is otherwise.
    """
    report = await read_report(pool, vault, number, version)
    inputs = orjson.loads(report.inputs)
    if inputs["format"] not in FORMATS:
        raise NotTheSame(
            f"Report {number} was composed as of format {inputs['format']}; this hub composes "
            f"{' and '.join(map(str, FORMATS))}."
        )
    async with pool.acquire() as connection:
        text = await kept_rules(connection, report.rules_digest)
    if text is None or digest(text) != report.rules_digest:
        raise NotTheSame(f"The rules that report {number} was made by are not kept as they were.")
    content, _ = compose(inputs, read_kept(text, rules.articles, "the rules of the report"))
    again = canonical(content)
    if again != report.content:
        raise NotTheSame(f"Report {number} is not what its inputs and rules give: it was changed since it was made.")
    if code_of(again, vault.token(LABEL)) != report.code:
        raise NotTheSame(f"The code on report {number} is not that of what it says.")
    return report
