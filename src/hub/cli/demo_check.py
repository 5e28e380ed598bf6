"""A check of one household in the demo: from the request to the second version of its report, by its real steps."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.cli.asking import accounting, departments
from hub.demo.county_offices import BANKS, answer_by_file
from hub.means.by_file import take_file, write_file

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from hub.runtime import Runtime

    Ask = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
    """From a partner's name, a document and variables to the data."""

TOWNSHIP, CENTRE = "civil-affairs", "checking-centre"
# Somebody of whom more was found than declared, of a household of two or more; if there is none, anybody authorised.
_HOUSEHOLD: Final = """
SELECT h.id FROM household h LEFT JOIN means_check c ON c.household_id = h.id AND c.outcome = 'INCONSISTENT'
WHERE h.check_authorised @> current_date AND NOT EXISTS (
  SELECT FROM household_member m JOIN household_member x ON x.person_id = m.person_id AND x.household_id <> h.id
  WHERE m.household_id = h.id)
AND NOT EXISTS (SELECT FROM household_check k WHERE k.household_id = h.id)
ORDER BY c.id IS NULL, (SELECT count(*) FROM household_member m WHERE m.household_id = h.id) < 2, h.id LIMIT 1
"""
_REQUEST: Final = """mutation($household: ID!) {
  done: requestHouseholdCheck(input: {household: $household, reason: YEARLY_REVIEW}) {
    householdCheck { id version } errors { ... on UserError { message } } } }"""
_STEP: Final = """mutation($id: ID!, $version: Int!) {
  done: %sHouseholdCheck(input: {id: $id, expectedVersion: $version}) {
    householdCheck { id version } errors { ... on UserError { message } } } }"""
_SEEN: Final = """query($id: ID!) { node(id: $id) { ... on HouseholdCheck {
  version state outcome waitingFor
  questions(first: 200) { nodes { source state } }
  household { homeVisits(first: 20, where: {state: {eq: DUE}}) { totalCount } }
  reports(first: 5, orderBy: [{field: REPORT_VERSION}]) { nodes { number outcome code content } } } } }"""


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """What to print of it: one line each, or all of it ``short``, and the number of the report."""

    lines: tuple[str, ...]
    short: str
    number: str


async def check_one(runtime: Runtime, ask: Ask) -> ShownCheck | None:
    """Have one household checked; None where nobody has authorised one. ``ask``: over HTTP, as a partner."""
    async with runtime.pool.acquire() as connection:
        household = await connection.fetchval(_HOUSEHOLD)
    if household is None:
        return None
    # 1. The township asks, the centre starts, who answers at once is asked
    row = await _taken(ask, TOWNSHIP, _REQUEST, {"household": f"Household:{household}"})
    await _taken(ask, CENTRE, _STEP % "start", row)
    async with departments(runtime) as asking:
        asked = await asking.once()
    # 2. The banks answer by file, and too late for the first report
    with tempfile.TemporaryDirectory() as directory:
        requests, answers = Path(directory) / "asked.csv", Path(directory) / "answered.csv"
        banks = next(each for each in runtime.answering if each.source == BANKS)
        await write_file(runtime.pool, runtime.vault, banks, requests, accounting(runtime), datetime.now(UTC))
        before = (await ask(TOWNSHIP, _SEEN, {"id": row["id"]}))["node"]
        await _taken(ask, CENTRE, _STEP % "close", {"id": row["id"], "version": before["version"]})
        first = (await ask(TOWNSHIP, _SEEN, {"id": row["id"]}))["node"]
        await asyncio.to_thread(answer_by_file, requests, answers)
        await take_file(runtime.pool, runtime.vault, runtime.checks, banks, answers, datetime.now(UTC))
    # 3. The second version has everything
    last = (await ask(TOWNSHIP, _SEEN, {"id": row["id"]}))["node"]
    made = last["reports"]["nodes"][-1]
    short = f"Checked 核对: one household by {asked} answers at once and one file; reported, {made['outcome']}."
    return ShownCheck(tuple(_lines(first, last, asked)), short, made["number"])


async def _taken(ask: Ask, partner: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    done = (await ask(partner, document, variables))["done"]
    if done["errors"]:
        raise RuntimeError(done["errors"][0]["message"])
    row: dict[str, Any] = done["householdCheck"]
    return row


def _lines(first: Mapping[str, Any], last: Mapping[str, Any], asked: int) -> list[str]:
    reports = last["reports"]["nodes"]
    content = orjson.loads(reports[-1]["content"])
    early = orjson.loads(first["reports"]["nodes"][-1]["content"])
    states = [each["state"] for each in last["questions"]["nodes"]]
    sources = {each["source"] for each in last["questions"]["nodes"]}
    found, empty = states.count("ANSWERED"), states.count("EMPTY")
    late = ", ".join(early["missing"])
    rules = f"{content['indication']} {content['indication_zh']} ({', '.join(content['lines'][-1]['cites'])})"
    visits = last["household"]["homeVisits"]["totalCount"]
    return [
        f"提请 the township asks: a household of {len(content['members'])}, all of whom authorised it",
        f"查询 {len(states)} questions to {len(sources)} departments: {asked} at once, banks by file",
        f"报告 version {early['version']} without {late}: {early['outcome']} {early['outcome_zh']}",
        f"补充 version {content['version']}, the banks' answer is late: {found} with records, {empty} without",
        *(
            f"比对 {each['zh']} {each['en'].lower()}: declared {each['declared'] or '—'}, found {each['found']}"
            + (", more than declared" if each["over"] else "")
            for each in content["compared"]
            if each["id"] != "members"
        ),
        f"提示 {content['outcome']} {content['outcome_zh']}; {rules}",
        f"入户 {visits} home visits due; objections until {content['object_by']}",
        f"编号 {reports[-1]['number']}, code {reports[-1]['code']} (只核对不认定)",
    ]
