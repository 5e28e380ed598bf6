"""What departments are asked for a check: one question for each source and each member, kept with its state.

The rows are the queue: whoever asks claims questions whose time has come for a while, asks without a transaction, and
writes down what came. A claim of somebody who was killed ends by itself, and the question is asked again. Nothing is
asked, and nothing that comes is read, without the authorisation of every member on that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub import write
from hub.domain.codes import AnswerState, AnswerTime
from hub.process.calendar import day_of, last_day

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from hub.catalog import Budget
    from hub.write import Transaction, WritableEntity

ENTITY: Final = "CheckQuestion"
OPEN: Final = (AnswerState.WAITING.name, AnswerState.ASKED.name)
"""The states of a question whose answer is waited for."""
LATE: Final = (AnswerState.LATE.name, AnswerState.DOWN.name)
"""The states of a question that nobody waits for any more, and whose answer is taken where it still comes by file."""
ASKING: Final = ("RUNNING", "RECHECK", "REPORTED")
"""The states of a check in which answers are taken; in the last, one that comes late."""
_MEMBERS: Final = "SELECT DISTINCT person_id FROM household_member WHERE household_id = $1 ORDER BY person_id"
_OPEN_OF: Final = """
SELECT id FROM check_question WHERE household_check_id = $1 AND state = ANY($2) ORDER BY id FOR UPDATE
"""
_OF_DEPARTMENT: Final = """
SELECT id FROM check_question WHERE household_check_id = $1 AND department = $2 AND person_id IS NOT NULL
ORDER BY id FOR UPDATE
"""
# A question whose check takes no answers any more, or whose household is authorised no longer, is claimed by nobody:
# whatever ended the check has cancelled it, in its own transaction.
_CLAIM: Final = """
SELECT q.id, q.person_id, q.source, q.items, q.attempts, q.due_at, p.id_number, p.name
FROM check_question q JOIN household_check c ON c.id = q.household_check_id
JOIN household h ON h.id = c.household_id JOIN person p ON p.id = q.person_id
WHERE q.next_at <= $1 AND q.due_at > $1 AND q.state = ANY($2) AND q.source = ANY($3) AND c.state = ANY($4)
AND h.check_authorised @> $5::date
ORDER BY q.next_at, q.id LIMIT $6 FOR UPDATE OF q SKIP LOCKED
"""
_OVERDUE: Final = """
SELECT q.id, q.attempts FROM check_question q
WHERE q.next_at IS NOT NULL AND q.due_at <= $1 AND q.state = ANY($2) ORDER BY q.next_at, q.id
LIMIT $3 FOR UPDATE OF q SKIP LOCKED
"""
# Checks before their questions, as steps lock them, and each in the order of ids.
_LOCK_CHECKS: Final = """
SELECT c.id, c.state, coalesce((
  SELECT h.check_authorised @> $2::date FROM household h WHERE h.id = c.household_id), false) AS authorised
FROM household_check c WHERE c.id IN (SELECT household_check_id FROM check_question WHERE id = ANY($1))
ORDER BY c.id FOR UPDATE OF c
"""
_LOCK: Final = """
SELECT q.id, q.household_check_id AS check_id, q.state, q.attempts, (
  SELECT min(h.taken_at) FROM household_check_step h
  WHERE h.row_id = q.household_check_id AND h.step IN ('start', 'open', 'ask_again')) AS begun_at
FROM check_question q WHERE q.id = ANY($1) ORDER BY q.id FOR UPDATE OF q
"""
_WAITING: Final = """
SELECT DISTINCT household_check_id FROM check_question WHERE household_check_id = ANY($1) AND state = ANY($2)
"""


@dataclass(frozen=True, slots=True)
class Answering:
    """A source that answers questions, as ``schema/answers`` declares it. ``items``: codes of ``MeansItem``.

    ``mandatory``: nothing can be said without its answer. ``wait``: how long its answer is waited for.
    """

    source: str
    department: str
    items: tuple[str, ...]
    mandatory: bool
    wait: Budget


@dataclass(frozen=True, slots=True)
class Claimed:
    """A question that is to be asked now. ``id_number`` and ``name`` are sealed still."""

    id: UUID
    person: UUID
    source: str
    items: tuple[str, ...]
    attempts: int
    due_at: datetime
    id_number: bytes
    name: bytes | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. ``again_at``: when it is asked once more by rule; then it stays asked.

    ``answer``: what came, as JSON; none where nothing did. ``reason``: by code.
    """

    state: AnswerState
    answer: str | None = None
    reason: str | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came for a question. ``attempt``: by which it was asked; None for an answer that came in a file."""

    question: UUID
    outcome: Outcome
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """``check``: of the question that was noted. ``waits``: whether something of it is not answered yet."""

    check: UUID
    waits: bool


async def begin(
    tx: Transaction, owner: WritableEntity, check: Mapping[str, Any], sources: Collection[Answering]
) -> int:
    """Have every source asked about every member; return how many questions that are."""
    people = [row[0] for row in await tx.connection.fetch(_MEMBERS, check["household"])]
    rows = [
        write.PlainRow(
            write.new_id(),
            {
                "household_check": check["id"], "person": person, "region": check["region"], "source": each.source,
                "department": each.department, "items": ", ".join(each.items), "mandatory": each.mandatory,
                "state": AnswerState.WAITING.name, "attempts": 0, "due_at": _due(each, tx.at), "next_at": tx.at,
            },
            "insert",
        )
        for each in sources
        for person in people
    ]  # fmt: skip
    await write.load(tx, write.seal_rows(owner, rows))
    return len(rows)


def _due(source: Answering, at: datetime) -> datetime:
    return last_day(day_of(at), source.wait).ends


async def ask_again(
    tx: Transaction, owner: WritableEntity, check: UUID, department: str, sources: Collection[Answering]
) -> int:
    """Have a department asked once more about every member; return how many questions that are."""
    due = {each.department: _due(each, tx.at) for each in sources}
    found = await tx.connection.fetch(_OF_DEPARTMENT, check, department)
    if department not in due:
        return 0
    values = {
        "state": AnswerState.WAITING.name, "reason": None, "attempts": 0, "due_at": due[department], "next_at": tx.at,
        "answered_at": None, "answer": None,
    }  # fmt: skip
    await _update(tx, owner, [row[0] for row in found], values)
    return len(found)


async def end(
    tx: Transaction, owner: WritableEntity, check: UUID, state: AnswerState, reason: str, of: Sequence[str] = OPEN
) -> None:
    """Wait no longer for what was not answered. ``of``: the states of the questions that this ends."""
    found = await tx.connection.fetch(_OPEN_OF, check, list(of))
    await _update(tx, owner, [row[0] for row in found], {"state": state.name, "reason": reason, "next_at": None})


async def cancel(tx: Transaction, owner: WritableEntity, check: UUID) -> None:
    """Drop what is under way, and with it what is still to come: late answers too."""
    await end(tx, owner, check, AnswerState.CANCELLED, "authorisation over", (*OPEN, *LATE))


async def claim(
    tx: Transaction, owner: WritableEntity, sources: Collection[str], most: int, lease: timedelta | None
) -> Sequence[Claimed]:
    """Claim up to ``most`` questions to these sources whose time has come; nobody else asks them meanwhile.

    ``lease``: how long they belong to whoever asks; then they are asked again. None: those that nobody has asked yet,
    by file: they are asked once, and waited for until they are due.
    """
    states = OPEN[:1] if lease is None else OPEN
    found = await tx.connection.fetch(_CLAIM, tx.at, list(states), list(sources), list(ASKING), day_of(tx.at), most)
    claimed = [
        Claimed(
            row["id"], row["person_id"], row["source"], tuple(row["items"].split(", ")),
            row["attempts"] + 1, row["due_at"], row["id_number"], row["name"],
        )
        for row in found
    ]  # fmt: skip
    rows = [
        write.PlainRow(
            each.id,
            {
                "state": AnswerState.ASKED.name, "attempts": each.attempts, "asked_at": tx.at,
                "next_at": each.due_at if lease is None else tx.at + lease,
            },
            "update",
        )
        for each in claimed
    ]  # fmt: skip
    await write.load(tx, write.seal_rows(owner, rows))
    return claimed


async def note(tx: Transaction, owner: WritableEntity, answers: Sequence[Arrived]) -> Mapping[UUID, Noted]:
    """Write down what became of questions, by question; those whose answer is dropped unread are not there.

    It is dropped where the check is over or authorisation is, where it was answered already, and where somebody else
    asked it meanwhile.
    """
    ids = [each.question for each in answers]
    checks = await tx.connection.fetch(_LOCK_CHECKS, ids, day_of(tx.at))
    taking = {row["id"] for row in checks if row["state"] in ASKING and row["authorised"]}
    found = {row["id"]: row for row in await tx.connection.fetch(_LOCK, ids)}
    rows: list[write.PlainRow] = []
    noted: dict[UUID, UUID] = {}
    for each in answers:
        row = found.get(each.question)
        if row is None or row["check_id"] not in taking or not _expects(row, each.attempt):
            continue
        rows.append(write.PlainRow(each.question, _said(each.outcome, tx.at, row["begun_at"]), "update"))
        noted[each.question] = row["check_id"]
    await write.load(tx, write.seal_rows(owner, rows))
    waiting = await tx.connection.fetch(_WAITING, list(set(noted.values())), list(OPEN))
    open_still = {row[0] for row in waiting}
    return {question: Noted(check, check in open_still) for question, check in noted.items()}


def _expects(row: Any, attempt: int | None) -> bool:
    """Whether a question waits for this answer; one that came in a file is waited for when it is late too."""
    if attempt is None:
        return row["state"] in (*OPEN, *LATE)
    return row["state"] in OPEN and attempt == row["attempts"]


def _said(outcome: Outcome, at: datetime, begun_at: datetime) -> dict[str, Any]:
    if outcome.again_at is not None:
        return {"state": AnswerState.ASKED.name, "reason": outcome.reason, "next_at": outcome.again_at}
    values: dict[str, Any] = {"state": outcome.state.name, "reason": outcome.reason, "next_at": None}
    if outcome.state in (AnswerState.ANSWERED, AnswerState.EMPTY, AnswerState.REFUSED):
        took = _took(at - begun_at).name
        values |= {"answered_at": at, "answer": outcome.answer, "answered_within": took}
    return values


def _took(time: timedelta) -> AnswerTime:
    steps = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1))
    return next((step for step, most in zip(AnswerTime, steps, strict=False) if time <= most), AnswerTime.LONGER)


async def overdue(tx: Transaction, owner: WritableEntity, most: int) -> None:
    """Note questions whose time is over as late."""
    found = await tx.connection.fetch(_OVERDUE, tx.at, list(OPEN), most)
    for state, ids in (
        (AnswerState.LATE, [row["id"] for row in found if row["attempts"]]),
        (AnswerState.DOWN, [row["id"] for row in found if not row["attempts"]]),
    ):
        await _update(tx, owner, ids, {"state": state.name, "reason": "time over", "next_at": None})


async def _update(tx: Transaction, owner: WritableEntity, ids: Collection[UUID], values: Mapping[str, Any]) -> None:
    await write.load(tx, write.seal_rows(owner, [write.PlainRow(each, dict(values), "update") for each in ids]))
