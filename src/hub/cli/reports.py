"""Reports of checks as administrators read them: on record before they see one, with whose it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import orjson

from hub.means.rerun import read_report
from hub.store.audit import own_record

if TYPE_CHECKING:
    from hub.means.rerun import StoredReport
    from hub.runtime import Runtime

PURPOSE: Final = "means-check"


async def read_on_record(runtime: Runtime, number: str, version: int | None, what: str) -> StoredReport:
    """Read a report; ``what`` is done with it. Without a version, the last one. Raises ``NoSuchReport``."""
    report = await read_report(runtime.pool, runtime.vault, number, version)
    await note(runtime, report, what)
    return report


async def note(runtime: Runtime, report: StoredReport, what: str) -> None:
    """Put on record that somebody reads a report. Reports of the first format do not say whose ids they are of."""
    people = [bytes.fromhex(each) for each in orjson.loads(report.inputs).get("people", {}).values()]
    await runtime.audit.append(own_record(
        f"means:{what}", 1, datetime.now(UTC), purpose=PURPOSE,
        subjects=runtime.vault.id_tokens("audit subject")(people) if people else b"",
        literals=runtime.vault.token("audit literal")(f"CheckReport.number={report.number}"),
    ))  # fmt: skip
