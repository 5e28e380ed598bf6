"""What other county offices have of people: they are asked while means are checked, and nothing of it is synchronised.

It is drawn from the identity number alone, so that an office answers alike whenever it is asked. Insurers answer over
HTTP, banks by file, the others in a database that they share.
"""

from __future__ import annotations

import asyncio
import csv
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.demo import words
from hub.demo.tables import SampleTable
from hub.sources.asking.files import ID_NUMBER, ITEM, NOTHING, REFERENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from hub.demo.assets import Assets
    from hub.demo.people import SamplePerson
    from hub.demo.tables import SampleBatch

SOURCE: Final = "county-offices"
NAME: Final = "county_offices"
IN_DATABASE: Final = (
    "civil-registry", "disabled-persons", "employment-service", "housing-fund", "market-regulation",
    "medical-insurance", "real-estate-register", "securities", "tax",
)  # fmt: skip
"""The sources that are asked in the shared database (``schema/answers``)."""
INSURERS: Final = "insurers"
BANKS: Final = "banks"
_ADULT: Final = 18


def _table(name: str, *columns: str) -> SampleTable:
    return SampleTable(SOURCE, name, tuple((column, "text") for column in ("id_number", *columns)))


TAX: Final = _table("taxed_income", "amount", "month")
BUSINESS: Final = _table("business", "name", "registered_on")
FUND: Final = _table("fund_account", "balance", "as_of")
SECURITIES: Final = _table("securities_account", "value", "as_of")
MARRIAGE: Final = _table("marriage", "registered_on")
DEATH: Final = _table("death", "died_on")
UNEMPLOYMENT: Final = _table("unemployment_benefit", "monthly", "month")
HOMES: Final = _table("home", "use", "registered_on")
DISABILITY: Final = _table("disability_certificate", "grade", "kind", "issued_on")
ILLNESS: Final = _table("serious_illness", "registered_on")
SETTLED: Final = _table("medical_settlement", "own_share", "month")
TABLES: Final = (
    TAX, BUSINESS, FUND, SECURITIES, MARRIAGE, DEATH, UNEMPLOYMENT, HOMES, DISABILITY, ILLNESS, SETTLED
)  # fmt: skip
KINDS: Final = ("视力", "听力", "言语", "肢体", "智力", "精神")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What offices have of one person beside what the synchronised registers say. Amounts in CNY; None: nothing.

    ``disability``: grade and kind of a certificate. ``treated``: what insurance left to the person of a month's costs.
    """

    deposit: int | None
    policy: int | None
    business: str | None
    securities: int | None
    unemployment: int | None
    married: bool
    dead: bool
    disability: tuple[int, str] | None
    ill: bool
    treated: int | None


def holdings(id_number: str) -> Holdings:
    """Draw them. Somebody under age has a bank book at most."""
    rng = Random(f"holdings {id_number}")  # noqa: S311 - sample data
    adult = words.AS_OF.year - int(id_number[6:10]) >= _ADULT

    def some(share: float, least: int, most: int) -> int | None:
        return rng.randrange(least, most) if rng.random() < share else None

    return Holdings(
        deposit=some(0.6 if adult else 0.05, 50, 30_000),
        policy=some(0.1 if adult else 0, 500, 20_000),
        business=rng.choice(words.SHOPS) if some(0.015 if adult else 0, 0, 1) is not None else None,
        securities=some(0.01 if adult else 0, 1_000, 60_000),
        unemployment=some(0.01 if adult else 0, 900, 1_400),
        married=some(0.6 if adult else 0, 0, 1) is not None,
        dead=some(0.003, 0, 1) is not None,
        # Drawn last, so that the others are as they were.
        disability=None if (grade := some(0.08, 1, 5)) is None else (grade, rng.choice(KINDS)),
        ill=some(0.04, 0, 1) is not None,
        treated=some(0.2, 50, 9_000),
    )


def records(draft: SampleBatch, person: SamplePerson, owns: Assets) -> None:
    """Write what the offices with a database have of a member of a household."""
    number, has, day = person.id_number, holdings(person.id_number), words.AS_OF.isoformat()
    rng = Random(f"offices {number}")  # noqa: S311 - sample data

    def some_day() -> str:
        return f"{rng.randrange(2005, 2026)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"

    put: list[tuple[SampleTable, tuple[str, ...]]] = []
    for wage in owns.wages[-1:]:
        put.append((TAX, (f"{wage.amount / 100:.2f}", wage.month)))
        put.append((FUND, (str(rng.randrange(500, 20_000)), day)))
    if has.business is not None:
        put.append((BUSINESS, (has.business, some_day())))
    if has.securities is not None:
        put.append((SECURITIES, (str(has.securities), day)))
    if has.unemployment is not None:
        put.append((UNEMPLOYMENT, (str(has.unemployment), day[:7])))
    if has.married:
        put.append((MARRIAGE, (some_day(),)))
    if has.dead:
        put.append((DEATH, (day,)))
    if has.disability is not None:
        put.append((DISABILITY, (str(has.disability[0]), has.disability[1], some_day())))
    if has.ill:
        put.append((ILLNESS, (some_day(),)))
    if has.treated is not None:
        put.append((SETTLED, (str(has.treated), day[:7])))
    put += [(HOMES, (unit.use, unit.registered_on.isoformat())) for unit in owns.units if unit.counted]
    for table, row in put:
        draft.rows[table].append((number, *row))


@asynccontextmanager
async def insurers() -> AsyncIterator[str]:
    """Run the insurers' server on this machine; give its URL."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or b"0")
                number = orjson.loads(await reader.readexactly(length))["idNumber"]
                policy = holdings(number).policy
                rows: list[dict[str, Any]] = [] if policy is None else [
                    {"insured": number, "cashValue": policy, "asOf": words.AS_OF.isoformat()}
                ]  # fmt: skip
                body = orjson.dumps({"result": {"policies": rows}})
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n")
                writer.write(b"content-length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError, KeyError):
            pass  # whoever asks has gone, or asks something else
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/insurers"
    finally:
        server.close()


def answer_by_file(requests: Path, answers: Path) -> int:
    """Answer a request file as the banks do; return how many questions it had."""
    count = 0
    with (
        requests.open(encoding="gb18030", newline="") as asked,
        answers.open("w", encoding="gb18030", newline="") as out,
    ):
        lines = csv.writer(out)
        lines.writerow([REFERENCE, ID_NUMBER, ITEM, "余额", "日期"])
        for line in csv.DictReader(asked):
            count += 1
            deposit = holdings(line[ID_NUMBER]).deposit
            said = [NOTHING, "", ""] if deposit is None else ["存款", str(deposit), words.AS_OF.isoformat()]
            lines.writerow([line[REFERENCE], line[ID_NUMBER], *said])
    return count
