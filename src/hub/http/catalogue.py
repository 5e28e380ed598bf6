"""The data catalogue as a table to download: one line for each data item, as CSV or as an Excel file.

It is made of the answer to a query, so a table has what that viewer's ``catalogue`` has, and nothing else.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
from openpyxl import Workbook
from starlette.responses import Response

from hub.catalog import Share
from hub.http.lines import BOM, csv_cell, guarded
from hub.http.request import MethodRefused
from hub.http.response import NO_STORE
from hub.process.calendar import BEIJING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hub.http.request import Incoming

    CatalogueData = Mapping[str, Any]
    CatalogueLine = list[str | int | None]

CATALOGUE_DOCUMENT: Final = """query Catalogue {
  catalogueVersion { digest since }
  catalogue {
    name zh en provider departments format frequency lastUpdatedAt overdue
    updates { source lastUpdatedAt dueOn overdue daysLate }
    share legalBasis method conditions class
    items { name zh en type class share legalBasis sealed lookup filter sort masked link }
  }
}"""
"""The query that a table is made of."""

_CLASSES: Final = {"PUBLIC": "公开", "INTERNAL": "内部", "PERSONAL": "个人信息", "SENSITIVE": "敏感个人信息"}


@dataclass(frozen=True, slots=True)
class CatalogueColumn:
    """A column of the table. ``of``: from entry, item and version, all as the query has them, to the cell."""

    title: str
    of: Callable[[CatalogueData, CatalogueData, CatalogueData], str | int | None]


COLUMNS: Final = (
    CatalogueColumn("目录名称", lambda entry, _item, _version: entry["zh"]),
    CatalogueColumn("目录英文名称", lambda entry, _item, _version: entry["en"]),
    CatalogueColumn("数据项", lambda _entry, item, _version: item["zh"]),
    CatalogueColumn("数据项英文名称", lambda _entry, item, _version: item["en"]),
    CatalogueColumn("数据项编码", lambda entry, item, _version: f"{entry['name']}.{item['name']}"),
    CatalogueColumn("数据类型", lambda _entry, item, _version: item["type"]),
    CatalogueColumn("提供单位", lambda entry, _item, _version: entry["provider"]),
    CatalogueColumn("提供部门编码", lambda entry, _item, _version: " ".join(entry["departments"])),
    CatalogueColumn("数据格式", lambda entry, _item, _version: entry["format"]),
    CatalogueColumn("更新频率", lambda entry, _item, _version: entry["frequency"]),
    CatalogueColumn("更新时间（北京时间）", lambda entry, _item, _version: _beijing(entry["lastUpdatedAt"])),
    CatalogueColumn("逾期", lambda entry, _item, _version: _yes(given=entry["overdue"])),
    CatalogueColumn("逾期数据源", lambda entry, _item, _version: "；".join(map(_late_source, _late(entry)))),
    CatalogueColumn("共享属性", lambda _entry, item, _version: Share[item["share"]].value),
    CatalogueColumn("不予共享的法律依据", lambda _entry, item, _version: item["legalBasis"]),
    CatalogueColumn("共享方式", lambda entry, _item, _version: entry["method"]),
    CatalogueColumn("共享条件", lambda entry, _item, _version: entry["conditions"]),
    CatalogueColumn("数据分级", lambda _entry, item, _version: _CLASSES[item["class"]]),
    CatalogueColumn("加密存储", lambda _entry, item, _version: _yes(given=item["sealed"])),
    CatalogueColumn("可脱敏", lambda _entry, item, _version: _yes(given=item["masked"])),
    CatalogueColumn("目录版本", lambda _entry, _item, version: version["digest"]),
    CatalogueColumn("版本生效时间（北京时间）", lambda _entry, _item, version: _beijing(version["since"])),
)


def _late(entry: CatalogueData) -> list[CatalogueData]:
    return [update for update in entry["updates"] if update["overdue"]]


def _late_source(update: CatalogueData) -> str:
    """What to say of a source whose update has not come."""
    if update["daysLate"] is None:
        return f"{update['source']}（从未更新）"
    return f"{update['source']}（{update['dueOn']}，逾期 {update['daysLate']} 日）"


def _yes(*, given: bool) -> str:
    return "是" if given else "否"


def _beijing(time: str | None) -> str | None:
    return None if time is None else f"{datetime.fromisoformat(time).astimezone(BEIJING):%Y-%m-%d %H:%M}"


def lines_of(data: CatalogueData) -> Iterator[CatalogueLine]:
    """Yield the lines below the head. ``data``: of the answer to ``CATALOGUE_DOCUMENT``."""
    for entry in data["catalogue"]:
        for item in entry["items"]:
            yield [column.of(entry, item, data["catalogueVersion"]) for column in COLUMNS]


def as_csv(data: CatalogueData) -> bytes:
    """The table as CSV that a spreadsheet knows for UTF-8 and calculates nothing of."""
    head: CatalogueLine = [column.title for column in COLUMNS]
    return BOM + "".join(f"{','.join(map(csv_cell, line))}\r\n" for line in (head, *lines_of(data))).encode()


def as_xlsx(data: CatalogueData) -> bytes:
    """The table as an Excel workbook with one sheet, whose texts are guarded as those of CSV are."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据目录")
    sheet.freeze_panes = "A2"
    sheet.append([column.title for column in COLUMNS])
    for line in lines_of(data):
        sheet.append([guarded(cell) if isinstance(cell, str) else cell for cell in line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


@dataclass(frozen=True, slots=True)
class TableForm:
    """A form that the table is downloaded in."""

    name: str
    media_type: str
    write: Callable[[CatalogueData], bytes]


CSV: Final = TableForm("csv", "text/csv; charset=utf-8; header=present", as_csv)
XLSX: Final = TableForm("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx)


def require_download(request: Incoming) -> None:
    """Refuse what is neither got nor posted."""
    if request.method not in {"GET", "POST"}:
        raise MethodRefused("Get the table from this address, or post to it.")


def download(form: TableForm, answer: bytes, request_id: str) -> Response:
    """The response with the table that an answer becomes."""
    headers = {
        **NO_STORE,
        "Hub-Request-Id": request_id,
        "Content-Disposition": f'attachment; filename="catalogue.{form.name}"',
    }
    return Response(form.write(orjson.loads(answer)["data"]), 200, headers, form.media_type)
