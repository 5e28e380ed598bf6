"""A report as PDF: equal bytes for equal reports, Chinese that can be selected, fonts inside.

Typst sets it from ``report.typ``. The content is handed over as JSON and shown as values: nothing in it is markup.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATE: Final = Path(__file__).with_name("report.typ")
FONT: Final = "Noto Sans CJK SC"
LIMIT: Final = 5_000
"""Characters of one text that are printed: a page has no room for more."""


class PrintingNotInstalled(HubError):
    """What prints PDFs is not installed: the extra, or the font."""

    code = "HUB-945"


def pdf(content: Mapping[str, Any], code: str) -> bytes:
    """Return the report as PDF. ``code``: that is printed on it. Raises ``PrintingNotInstalled``."""
    compiler, fonts = _typst()
    if FONT not in fonts:
        raise PrintingNotInstalled(
            f"PDFs are printed in {FONT}, which is not on this machine: apt install fonts-noto-cjk. "
            "A page for the browser needs none: -o report.html."
        )
    given = {"report": orjson.dumps(content).decode(), "code": code}
    made: bytes = compiler.compile(TEMPLATE.read_bytes(), sys_inputs=given, format="pdf")
    return made


@cache
def _typst() -> tuple[Any, frozenset[str]]:
    try:
        import typst  # noqa: PLC0415 - an extra, which whoever prints no PDF need not have
    except ImportError:
        raise PrintingNotInstalled(
            "PDFs need a typesetter: pip install 'assistance-hub[report]'. A page for the browser needs none: "
            "-o report.html."
        ) from None
    fonts = typst.Fonts()
    return typst, frozenset(font.family for font in fonts.fonts())
