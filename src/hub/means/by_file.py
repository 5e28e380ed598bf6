"""Departments that answer by file: what they are asked is written for them, and what they answered is taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from uuid import UUID

from hub import write
from hub.catalog import Group
from hub.means import own, questions
from hub.means.asking import as_outcome
from hub.sources.asking.files import Asked, read_answers, write_questions

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hub.crypto import Vault
    from hub.means.asking import Account
    from hub.means.own import CheckSteps
    from hub.sources.asking import Answers
    from hub.store.pool import Pool

MOST: Final = 50_000
"""Questions of one file."""
AT_ONCE: Final = 200
"""Answers that are noted in one transaction."""
_ASKED: Final = """
SELECT q.id, q.person_id, p.id_number FROM check_question q JOIN person p ON p.id = q.person_id
WHERE q.source = $1 AND q.id = ANY($2)
"""
_WRITTEN: Final = """
SELECT q.id FROM check_question q WHERE q.source = $1 AND q.state IN ('ASKED', 'LATE') AND q.asked_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer file came to. ``dropped``: not waited for any more: unread. ``unknown``: never asked.

    ``silent``: questions that were asked and that the file says nothing of. ``reports``: that were made.
    """

    answered: int = 0
    nothing: int = 0
    refused: int = 0
    dropped: int = 0
    unknown: int = 0
    silent: int = 0
    reports: int = 0


async def write_file(pool: Pool, vault: Vault, declared: Answers, file: Path, account: Account, now: datetime) -> int:
    """Write the questions to a source that nobody has asked yet, and note them as asked; return how many.

    The file is written before they are noted: whoever is killed in between writes them again. Raises ``OSError``.
    """
    owner = write.writable(vault)[questions.ENTITY]
    opened = {name: vault.opener("person", name, Group.IDENTITY).open for name in ("id_number", "name")}
    async with pool.acquire() as connection, write.transaction(connection, now) as tx:
        claimed = await questions.claim(tx, owner, [declared.source], MOST, None)
        if not claimed:
            return 0
        count = write_questions(
            declared,
            (
                Asked(
                    str(each.id), opened["id_number"](each.person.bytes, each.id_number),
                    "" if each.name is None else opened["name"](each.person.bytes, each.name),
                )
                for each in claimed
            ),
            file,
        )  # fmt: skip
        await account(declared.source, count, now)
    return count


async def take_file(pool: Pool, vault: Vault, steps: CheckSteps, declared: Answers, file: Path, now: datetime) -> Taken:
    """Take an answer file in: some answers in a transaction, then each report that they make in one of its own.

    Taken in again, nothing is taken twice. Raises ``AnswerFileRefused``, ``OSError``.
    """
    owner = write.writable(vault)[questions.ENTITY]
    open_number = vault.opener("person", "id_number", Group.IDENTITY).open
    async with pool.acquire() as connection:
        written = [row[0] for row in await connection.fetch(_WRITTEN, declared.source)]
        rows = await connection.fetch(_ASKED, declared.source, written)
    asked = {str(row["id"]): open_number(row["person_id"].bytes, row["id_number"]) for row in rows}
    found = read_answers(declared, file, asked)
    counts = dict.fromkeys(("ANSWERED", "EMPTY", "REFUSED"), 0)
    dropped, checks = 0, dict[UUID, None]()
    answers = list(found.answers.items())
    for first in range(0, len(answers), AT_ONCE):
        some = answers[first : first + AT_ONCE]
        arrived = [questions.Arrived(UUID(reference), as_outcome(answer)) for reference, answer in some]
        async with pool.acquire() as connection, write.transaction(connection, now) as tx:
            noted = await questions.note(tx, owner, arrived)
        for reference, answer in some:
            taken = noted.get(UUID(reference))
            if taken is None:
                dropped += 1
            else:
                counts[answer.state.name] += 1
                checks[taken.check] = None
    # Once all of a household is there: one version, not one for each member.
    reports = sum([await own.settle(pool, steps, check, now) for check in checks])
    return Taken(
        counts["ANSWERED"], counts["EMPTY"], counts["REFUSED"], dropped, len(found.unknown),
        len(asked) - len(found.answers), reports,
    )  # fmt: skip
