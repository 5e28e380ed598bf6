"""A report as PDF: equal bytes for equal reports, Chinese that can be selected, fonts inside.

Typst sets it from ``report.typ``. What stands there is handed over as JSON and shown as values, never as
markup.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.errors import HubError
from hub.means.printed.sheet import sheet_of
from hub.means.printed.words import unicode_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import typst

    from hub.means.printed.sheet import Sheet

TEMPLATE: Final = Path(__file__).with_name("report.typ")
FONT: Final = "Noto Sans CJK SC"
STANDARDS: Final[list[typst.PDFStandard]] = ["a-2a", "ua-1"]
"""PDF/A-2a (ISO 19005-2), to be kept for decades, and PDF/UA-1 (ISO 14289-1), to be read aloud."""
_ONE_AT_A_TIME: Final = Lock()
"""A compiler that is asked by two threads refuses the second."""
_TRIES: Final = 16
_QUOTED: Final = re.compile(r'`"(.*?)"`')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_RUN: Final = re.compile("[^\\s\u3400-\u9fff\U00020000-\U0003ffff]{11,}")
"""A text that has no place to break a line in. Chinese breaks everywhere."""
_NUMBER: Final = re.compile(r"[0-9*X.,-]{1,18}")
_PLACES: Final = 8
_MAY_BREAK: Final = "\u200b"


class PrintingNotInstalled(HubError):
    """What prints PDFs is not installed: the extra, or the font."""

    code = "HUB-945"


def pdf(content: Mapping[str, Any], code: str) -> bytes:
    """Return the report as PDF. ``code``: that is printed on it. Raises ``PrintingNotInstalled``.

    A character that no font here has is printed as its number in Unicode.
    """
    compiler, families = _typesetter()
    if FONT not in families:
        raise PrintingNotInstalled(
            f"PDFs are printed in {FONT}, which is not on this machine: apt install fonts-noto-cjk. "
            "A page for the browser needs none: -o report.html."
        )
    sheet = sheet_of(content, code)
    absent: set[str] = set()
    for _ in range(_TRIES):
        try:
            return _set(compiler, sheet, absent, STANDARDS)
        except RuntimeError as wrong:  # what typst raises is one
            found = _absent(str(wrong)) - absent
            if not found:
                raise
            absent |= found
    return _set(compiler, sheet, absent, [])  # no archive would take it, but somebody is waiting for their report


def _set(compiler: typst.Compiler, sheet: Sheet, absent: Iterable[str], standards: list[typst.PDFStandard]) -> bytes:
    numbers = {ord(each): unicode_number(each) for each in absent}
    text = orjson.dumps(sheet, default=list).decode().translate(numbers)
    given = orjson.loads(text)
    for table in given["tables"]:
        table["rows"] = [[_RUN.sub(_broken, cell) for cell in row] for row in table["rows"]]
    inputs = {"sheet": orjson.dumps(given).decode()}
    with _ONE_AT_A_TIME:
        made = compiler.compile(TEMPLATE.read_bytes(), sys_inputs=inputs, format="pdf", pdf_standards=standards)
    assert isinstance(made, bytes)  # noqa: S101 - of other formats there is one for each page
    return made


def _absent(message: str) -> set[str]:
    """The characters that the typesetter has no glyph for, by its message."""
    quoted = "".join(_QUOTED.findall(message))
    escaped = {chr(int(number, 16)) for number in _ESCAPED.findall(quoted)}
    return escaped | {each for each in _ESCAPED.sub("", quoted) if not each.isascii()}


def _broken(run: re.Match[str]) -> str:
    """A run of letters that may break: it would print over the amount in the next column."""
    text = run[0]
    if _NUMBER.fullmatch(text):
        return text
    return _MAY_BREAK.join(text[at : at + _PLACES] for at in range(0, len(text), _PLACES))


@cache
def _typesetter() -> tuple[typst.Compiler, frozenset[str]]:
    """The compiler, and the families of fonts that are here. Fonts are looked for once a process: it takes longest."""
    try:
        import typst  # noqa: PLC0415 - an extra, which whoever prints no PDF need not have
    except ImportError:
        raise PrintingNotInstalled(
            "PDFs need a typesetter: pip install 'assistance-hub[report]'. A page for the browser needs none: "
            "-o report.html."
        ) from None
    fonts = typst.Fonts()
    return typst.Compiler(font_paths=fonts), frozenset(fonts.families())
