"""Asking by file: what is asked is written for a department, and its answer read, matched by reference and number.

A file has one line a question, and an answer file one line for each thing that is there; ``无`` as the item says that
the person was looked for and nothing is there. A question without any line was not answered.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from hub.errors import HubError
from hub.sources.asking.answer import NOT_UNDERSTOOD, Answer, Unusable, answered, read_rows, refused, require_own

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from hub.sources.asking.declared import Answers

REFERENCE, ID_NUMBER, NAME, ITEM = "编号", "公民身份号码", "姓名", "事项"
NOTHING: Final = "无"
"""As the item of a line: the person was looked for, and nothing is there."""


class AnswerFileRefused(HubError):
    """A file that cannot be an answer: another encoding, no such columns."""

    code = "HUB-404"


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of a request file. ``reference``: of the question."""

    reference: str
    id_number: str
    name: str


@dataclass(slots=True)
class FileAnswers:
    """``answers``: by reference. ``unknown``: references that nobody asked, and so nothing is read of."""

    answers: dict[str, Answer] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


def write_questions(declared: Answers, asked: Iterable[Asked], file: Path) -> int:
    """Write a request file; return how many questions it has. It is the owner's alone to read."""
    file.touch(mode=0o600, exist_ok=False)
    count = 0
    with file.open("w", encoding=declared.encoding, newline="") as out:
        lines = csv.writer(out)
        lines.writerow([REFERENCE, ID_NUMBER, NAME, ITEM])
        items = "、".join(item.named or "" for item in declared.items.values())
        for each in asked:
            lines.writerow([each.reference, each.id_number, each.name, items])
            count += 1
    return count


def read_answers(declared: Answers, file: Path, asked: Mapping[str, str]) -> FileAnswers:
    """Read an answer file. ``asked``: reference to identity number. Raises ``AnswerFileRefused``."""
    found = FileAnswers()
    named = {item.named: name for name, item in declared.items.items()}
    records: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    wrong: dict[str, str] = {}
    try:
        with file.open(encoding=declared.encoding, newline="") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in (REFERENCE, ITEM) if name not in (reader.fieldnames or ())]
            if missing:
                raise AnswerFileRefused(
                    f"{file.name} has no column {missing[0]}: an answer repeats it from the request."
                )
            for line in reader:
                reference, item = (line[REFERENCE] or "").strip(), (line[ITEM] or "").strip()
                if reference not in asked:
                    found.unknown.append(reference)
                elif item == NOTHING:
                    records[reference][NOTHING].append(line)
                elif item in named:
                    records[reference][named[item]].append(line)
                else:
                    wrong[reference] = NOT_UNDERSTOOD
    except UnicodeError:
        raise AnswerFileRefused(f"{file.name} is not in {declared.encoding}: say so in its declaration.") from None
    except csv.Error as error:
        raise AnswerFileRefused(f"{file.name} is no CSV file: {error}") from None
    for reference, items in records.items():
        found.answers[reference] = refused(wrong[reference]) if reference in wrong else _answer(
            declared, items, asked[reference]
        )  # fmt: skip
    for reference, reason in wrong.items():
        found.answers.setdefault(reference, refused(reason))
    return found


def _answer(declared: Answers, items: Mapping[str, list[Mapping[str, Any]]], id_number: str) -> Answer:
    rows: list[dict[str, Any]] = []
    try:
        for item, records in items.items():
            if item == NOTHING:
                of_whom = next(iter(declared.items.values())).id_number
                for record in records:  # whose it is, is all that such a line says
                    require_own(record, of_whom, id_number)
            else:
                rows += read_rows(item, declared.items[item], records, id_number)
    except Unusable as wrong:
        return refused(wrong.reason)
    return answered(rows)
