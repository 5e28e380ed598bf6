"""``hub means``: checks of households' means, what departments answer, and the reports."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer
from rich.progress import Progress

from hub.catalog import RegionCode
from hub.cli import means_figures
from hub.cli.asking import accounting, departments
from hub.cli.means_figures import AsJson, Number  # noqa: TC001 - typer reads them
from hub.cli.opened import with_hub
from hub.cli.reports import note, read_on_record
from hub.cli.terminal import err, out, print_json
from hub.domain.codes import CheckReason
from hub.errors import SettingsError
from hub.means import by_file
from hub.means.batches import open_batch
from hub.means.code import same_code
from hub.means.printed import page, pdf, read_content
from hub.means.rerun import NotTheSame, read_report, rerun
from hub.settings import write_private

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.means.rerun import StoredReport
    from hub.runtime import Runtime
    from hub.sources.asking import Answers

app = typer.Typer(help="Checks of households' means (家庭经济状况核对).", no_args_is_help=True)

Version = Annotated[int | None, typer.Option("--version", help="Version of the report; the last one unless said")]
LONGEST_NAME: Final = 100
"""Characters of a batch's name."""
Source = Annotated[str, typer.Argument(help="Name of the source, as schema/answers has it")]


@app.command("open")
def open_checks(
    within: Annotated[str, typer.Option("--within", help="Division, for example 230521")],
    batch: Annotated[str, typer.Option("--batch", help="Name of the batch, for example 2026-review")],
    reason: Annotated[str, typer.Option("--reason", help=", ".join(CheckReason.__members__))] = "YEARLY_REVIEW",
    as_json: AsJson = False,
) -> None:
    """Check all assisted households of a division (批量核对).

    Those that authorised it, and that no check is under way of. The same batch again goes on where it stopped.

    \b
    Examples:
      hub means open --within 230521 --batch 2026-review
    """
    try:
        division = RegionCode.parse(within)
    except ValueError as wrong:
        raise SettingsError(f"--within {wrong}.") from None
    if not 0 < len(batch.strip()) <= LONGEST_NAME:
        raise SettingsError(f"--batch is a name of at most {LONGEST_NAME} characters, as 2026-review.")
    if reason not in CheckReason.__members__:
        raise SettingsError(f"--reason is one of {', '.join(CheckReason.__members__)}.")

    async def work(runtime: Runtime) -> Any:
        with Progress(console=err, disable=as_json) as bar:
            task = bar.add_task("checks begun", total=None)
            return await open_batch(
                runtime.pool, runtime.checks, division, reason, batch, datetime.now(UTC),
                lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip

    done = with_hub(work)
    if as_json:
        print_json(asdict(done))
        return
    out.print(f"{done.opened:,} checks begun; {done.unauthorised:,} households have not authorised one.", markup=False)
    if done.refused:
        out.print(f"{done.refused:,} could not be begun: {done.why}", style="yellow", markup=False)


@app.command()
def ask(as_json: AsJson = False) -> None:
    """Ask departments what is to be asked now (查询).

    hub serve and hub work do it all the time; this does it once, and reports what everybody has answered.

    \b
    Examples:
      hub means ask
    """
    made = 0

    def told() -> None:
        nonlocal made
        made += 1

    async def work(runtime: Runtime) -> int:
        async with departments(runtime, told) as asking:
            return await asking.once()

    asked = with_hub(work)
    if as_json:
        print_json({"asked": asked, "reports": made})
    else:
        out.print(f"{asked:,} questions asked, {made:,} reports made.", markup=False)


@app.command()
def requests(
    source: Source,
    file: Annotated[Path, typer.Option("--out", "-o", help="File to write; it must not exist yet", dir_okay=False)],
) -> None:
    """Write what a department is to be asked by file (导出查询文件).

    \b
    Examples:
      hub means requests banks -o banks-2026-11-27.csv
    """

    async def work(runtime: Runtime) -> int:
        declared, account = _by_file(runtime, source), accounting(runtime)
        try:
            return await by_file.write_file(runtime.pool, runtime.vault, declared, file, account, datetime.now(UTC))
        except FileExistsError:
            raise SettingsError(f"{file} is there already; nothing was asked. Choose another name.") from None
        except OSError as wrong:
            raise SettingsError(f"{file} cannot be written: {wrong.strerror}; nothing was asked.") from None

    count = with_hub(work)
    if count:
        out.print(f"{count:,} questions in {file}. It names people: send it as the agreement says.", markup=False)
    else:
        out.print(f"Nothing is to be asked of {source}; no file was written.", markup=False)


@app.command()
def answers(
    source: Source,
    file: Annotated[Path, typer.Argument(help="The department's answer file", dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Take a department's answer file in (导入答复文件).

    Lines are matched by reference and identity number. Who is not waited for any more is not read; what comes late
    makes another version of its report. Taken in again, nothing is taken twice.

    \b
    Examples:
      hub means answers banks answered.csv
    """

    async def work(runtime: Runtime) -> by_file.Taken:
        declared = _by_file(runtime, source)
        try:
            return await by_file.take_file(
                runtime.pool, runtime.vault, runtime.checks, declared, file, datetime.now(UTC)
            )
        except OSError as wrong:
            raise SettingsError(f"{file} cannot be read: {wrong.strerror}.") from None

    taken = with_hub(work)
    if as_json:
        print_json(asdict(taken))
        return
    out.print(
        f"{taken.answered:,} with records, {taken.nothing:,} without, {taken.refused:,} not usable; "
        f"{taken.reports:,} reports made.", markup=False,
    )  # fmt: skip
    for count, what in (
        (taken.silent, "questions are not answered by this file"),
        (taken.dropped, "were not waited for any more, and not read"),
        (taken.unknown, "lines answer what nobody asked, and were not read"),
    ):
        if count:
            out.print(f"{count:,} {what}.", style="yellow", markup=False)


app.command("estimate")(means_figures.what_if)
app.command("precision")(means_figures.how_precise)
app.command()(means_figures.past)


@app.command("rerun")
def make_again(number: Number, version: Version = None, as_json: AsJson = False) -> None:
    """Make a report again, to the byte (重新生成并比对).

    From the inputs that are stored with it, by the rules that it was made by. Ends with an error where a byte differs.

    \b
    Examples:
      hub means rerun HD230502-2026-0A1B2C3D4E
    """
    report = with_hub(lambda runtime: rerun(runtime.pool, runtime.vault, runtime.means_rules, number, version))
    if as_json:
        print_json(_shown(report))
    else:
        out.print(
            f"Report {report.number}, version {report.version}: the same {len(report.content.encode()):,} bytes.\n"
            f"Rules {report.rules_digest[:16]}…, code {report.code}.", markup=False,
        )  # fmt: skip


@app.command()
def verify(
    number: Number,
    code: Annotated[str, typer.Argument(help="The code on the copy, as K3ZT-…")],
    version: Version = None,
    copy: Annotated[
        Path | None, typer.Option("--copy", help="The copy as a file: .pdf or .html", dir_okay=False)
    ] = None,
) -> None:
    """Say whether the code on a copy of a report is right (验证报告).

    A code says nothing of a copy whose amounts were changed: compare it with what is printed, or give it as a file.

    \b
    Examples:
      hub means verify HD230502-2026-0A1B2C3D4E 7K3Z-T9QF-0XWB-M2RC
      hub means verify HD230502-2026-0A1B2C3D4E 7K3Z-T9QF-0XWB-M2RC --copy it.pdf
    """
    try:
        given = None if copy is None else copy.read_bytes()
    except OSError as wrong:
        raise SettingsError(f"{copy} cannot be read: {wrong.strerror}.") from None

    async def work(runtime: Runtime) -> tuple[StoredReport, StoredReport]:
        last = report = await read_report(runtime.pool, runtime.vault, number, version)
        while not same_code(code, report.code):
            if version is not None or report.version == 1:
                raise NotTheSame(
                    f"This is not the code of report {number}: the copy is of another one, or was changed."
                )
            report = await read_report(runtime.pool, runtime.vault, number, report.version - 1)
        await note(runtime, report, "verify")
        return report, last

    report, last = with_hub(work)
    content = report.parsed
    if copy is not None and _printed(content, report.code, copy) != given:
        raise NotTheSame(
            f"{copy} is not what this hub prints of report {number}, version {report.version}: it was changed, or "
            "printed with another version of hub, typesetter or font."
        )
    pay = "" if content["pay"] is None else f", {content['pay']} CNY a month"
    out.print(
        f"The code is that of report {report.number}, version {report.version} of {content['made_on']}.\n"
        f"It says {report.outcome}, {content['indication']}{pay}. "
        + ("Compare the copy with it." if copy is None else "The copy is the same to the byte."), markup=False,
    )  # fmt: skip
    if report.version < last.version:
        out.print(f"Version {last.version} is newer.", style="yellow", markup=False)


@app.command()
def show(number: Number, version: Version = None) -> None:
    """Print a report as JSON, for render and scripts (查看报告).

    \b
    Examples:
      hub means show HD230502-2026-0A1B2C3D4E | hub means render - -o report.pdf
    """
    report = with_hub(lambda runtime: read_on_record(runtime, number, version, "show"))
    out.file.write(report.content + "\n")


@app.command()
def render(
    file: Annotated[str, typer.Argument(help="File that hub means show wrote; - reads standard input")],
    target: Annotated[Path, typer.Option("--out", "-o", help="File to write: .pdf or .html", dir_okay=False)],
    code: Annotated[str, typer.Option("--code", help="The report's code; it is looked up unless said")] = "",
) -> None:
    """Print a report: a PDF, or a page for the browser (打印报告).

    With --code no hub is opened. The code of a report stands on its first page, and in CheckReport.code.

    \b
    Examples:
      hub means show HD230502-2026-0A1B2C3D4E > report.json
      hub means render report.json -o report.pdf
      hub means render report.json -o report.html
    """
    try:
        text = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as wrong:
        raise SettingsError(f"{file} cannot be read: {wrong.strerror}.") from None
    content = read_content(text)
    if not code:
        number, version = content["number"], content["version"]
        stored = with_hub(lambda runtime: read_report(runtime.pool, runtime.vault, number, version))
        if stored.parsed != content:
            raise NotTheSame(f"{file} is not what the hub has as report {number}, version {version}: it was changed.")
        code = stored.code
    made = _printed(content, code, target)
    try:
        write_private(target, made)
    except OSError as wrong:
        raise SettingsError(f"{target} cannot be written: {wrong.strerror}.") from None
    out.print(f"{target}: {len(made):,} bytes. It names people.", markup=False)


def _printed(content: Mapping[str, Any], code: str, file: Path) -> bytes:
    """A report as the name of a file says."""
    if file.suffix not in (".pdf", ".html"):
        raise SettingsError(f"{file} is neither .pdf nor .html.")
    return pdf(content, code) if file.suffix == ".pdf" else page(content, code).encode()


def _shown(report: StoredReport) -> dict[str, Any]:
    return {
        "number": report.number, "version": report.version, "outcome": report.outcome, "code": report.code,
        "rules": report.rules_digest, "content": orjson.loads(report.content),
    }  # fmt: skip


def _by_file(runtime: Runtime, source: str) -> Answers:
    found = {each.source: each for each in runtime.answering if each.kind == "file"}
    if source not in found:
        known = ", ".join(found) or "none"
        raise SettingsError(f"No source that answers by file is named {source}. There are: {known} (schema/answers).")
    return found[source]
