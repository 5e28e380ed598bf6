"""The articles that bind the hub, as the tests of this folder name them, and the table that follows from them.

``.venv/bin/python tests/law/articles.py`` writes the table into schema/README.md; test_table.py holds it there.

The texts of the Regulation on Government Data Sharing (SR) and of 民发〔2023〕46 are not kept with this project: what
is said of them rests on a summary. The other texts were read.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Test = TypeVar("Test", bound="Callable[..., Any]")
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "schema" / "README.md"
BEGIN, END = "<!-- articles: from tests/law -->\n", "<!-- end of articles -->\n"
LAWS = ("SR", "民发〔2023〕46", "DB", "PIPL")
WITHOUT = (
    ("SR 16", "（条文未收录）", "not stated here: its text was not at hand"),
    (
        "PIPL 30",
        "告知必要性",
        "binds the office, before the signature; the hub keeps where the signed form is (PIPL 17)",
    ),
)
"""Article, what it asks for, and why no test stands for it."""


def article(name: str, *, zh: str, en: str) -> Callable[[Test], Test]:
    """Say which article a test stands for, and what the hub does. It is read from the source."""
    assert name.startswith(LAWS), name
    assert zh
    assert en
    return lambda test: test


@dataclass(frozen=True, slots=True)
class Article:
    """One line of the table. ``test``: where it is shown; None where it is not."""

    name: str
    zh: str
    en: str
    test: str | None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the table."""
        law = next(at for at, each in enumerate(LAWS) if self.name.startswith(each))
        number = re.search(r" (\d+)$", self.name)
        return law, int(number[1]) if number else 0


def articles() -> list[Article]:
    """All of them, in order."""
    tested = [found for file in sorted(HERE.glob("test_*.py")) for found in _of(file)]
    return sorted((*tested, *(Article(*each, None) for each in WITHOUT)), key=lambda each: each.place)


def _of(file: Path) -> Iterator[Article]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in node.decorator_list:
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "article":
                said = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
                yield Article(ast.literal_eval(call.args[0]), said["zh"], said["en"], f"{file.name}::{node.name}")


def table() -> str:
    """The table, in Markdown."""
    lines = ["| article | 枢纽的做法 | what the hub does | test |", "|---|---|---|---|"]
    for each in articles():
        shown = "—" if each.test is None else f"[{each.test.partition('::')[0].removesuffix('.py')}]({link(each.test)})"
        lines.append(f"| {each.name} | {each.zh} | {each.en} | {shown} |")
    return "\n".join(lines) + "\n"


def link(test: str) -> str:
    """Where a test stands, from the page."""
    return f"../tests/law/{test.partition('::')[0]}"


def written(page: str) -> str:
    """The page with the table as it should be."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
