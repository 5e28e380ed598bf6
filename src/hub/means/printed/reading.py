"""The content of a report, read from JSON: what ``hub means show`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.errors import HubError
from hub.means.composing import FORMAT

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED: Final = frozenset(
    ("number", "version", "made_on", "division", "members", "compared", "facts", "asked", "lines", "articles",
     "outcome_zh", "indication_zh", "object_by", "rules", "inputs_digest", "reports_only")
)  # fmt: skip


class ReportUnreadable(HubError):
    """What was to be printed is no report of a check of means, or one of another version of the hub."""

    code = "HUB-944"


def read_content(text: bytes) -> Mapping[str, Any]:
    """Read the content of a report. Raises ``ReportUnreadable``."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as wrong:
        raise ReportUnreadable(f"This is no JSON: line {wrong.lineno}, column {wrong.colno}.") from None
    if not isinstance(found, dict) or not found.keys() >= _NEEDED:
        raise ReportUnreadable("This is no report: hub means show NUMBER prints one as JSON.")
    if found.get("format") != FORMAT:
        raise ReportUnreadable(f"This report has format {found.get('format')}; this hub prints format {FORMAT}.")
    return found
