"""The data catalogue that the Regulation on Government Data Sharing (article 13) asks for, as a query.

It is read from the declarations themselves, so it cannot fall behind what the hub does. How it is kept up (``Upkeep``)
comes with each execution, as graphql-core's context.
"""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

import orjson

from hub.catalog import Date, Field, Sensitivity, Share, Timestamp
from hub.graph import describe
from hub.graph.scalars import type_name
from hub.graph.shapes import TypeMember
from hub.policy import Visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hub.catalog import Catalogue, Entity, Link, Links
    from hub.graph.shapes import Types
    from hub.sync.upkeep import SourceUpdate, Upkeep

ENTRY: Final = "CatalogueEntry"
ITEM: Final = "CatalogueItem"
UPDATE: Final = "CatalogueUpdate"
VERSION: Final = "CatalogueVersion"
TYPES: Final = frozenset({ENTRY, ITEM, UPDATE, VERSION})
"""What graphql-core may resolve."""
SCALARS: Final = (Timestamp, Date)
"""What the catalogue states times in, whatever entities there are."""

_METHOD = "GraphQL"
_FORMAT = "JSON"

_ENTRY_MEMBERS = (
    TypeMember("name", "String!", "Name in GraphQL."),
    TypeMember("zh", "String!", "数据名称 · Name in Chinese."),
    TypeMember("en", "String!", "数据名称 · Name in English."),
    TypeMember("items", f"[{ITEM}!]!", "数据项 · Its items."),
    TypeMember("provider", "String!", "提供单位 · Who provides it."),
    TypeMember("departments", "[String!]!", "提供部门 · Codes of the departments that may agree to share it."),
    TypeMember("format", "String!", "数据格式 · Format in which it is shared."),
    TypeMember("frequency", "String!", "更新频率 · How often it is updated."),
    TypeMember(
        "lastUpdatedAt", "DateTime", "更新时间 · When the oldest of its sources was last read; null if one never was."
    ),
    TypeMember("overdue", "Boolean!", "逾期 · Whether an update that the frequency promises has not come."),
    TypeMember("updates", f"[{UPDATE}!]!", "更新情况 · What each source that fills it has brought, and when."),
    TypeMember("share", "ShareAttribute!", "共享属性 · Whether it is shared."),
    TypeMember("legalBasis", "String", "法律依据 · Why it is not shared (article 15)."),
    TypeMember("method", "String!", "共享方式 · Method by which it is shared."),
    TypeMember("conditions", "String!", "共享条件 · Conditions on which it is shared."),
    TypeMember("class", "Sensitivity!", "数据分级 · The highest class of its items."),
)
_ITEM_MEMBERS = (
    TypeMember("name", "String!", "Name in GraphQL."),
    TypeMember("zh", "String!", "名称 · Chinese term."),
    TypeMember("en", "String!", "名称 · English term."),
    TypeMember("type", "String!", "类型 · Type of the value; of a link, the type that it leads to."),
    TypeMember("class", "Sensitivity!", "数据分级 · How sensitive it is."),
    TypeMember("share", "ShareAttribute!", "共享属性 · Whether it is shared."),
    TypeMember("legalBasis", "String", "法律依据 · Why it is not shared (article 15)."),
    TypeMember("sealed", "Boolean!", "Whether it is stored sealed only."),
    TypeMember("lookup", "Boolean!", "Whether it can be found by its exact value."),
    TypeMember("filter", "Boolean!", "Whether it can be filtered by."),
    TypeMember("sort", "Boolean!", "Whether it can be ordered by."),
    TypeMember("masked", "Boolean!", "Whether it can be shown masked."),
    TypeMember("link", "Boolean!", "Whether it leads to other rows instead of holding a value."),
)
_UPDATE_MEMBERS = (
    TypeMember("source", "String!", "数据源 · The source."),
    TypeMember("lastUpdatedAt", "DateTime", "更新时间 · When it was last read to its end; null if never."),
    TypeMember(
        "dueOn", "Date", "更新期限 · Last day on which the next update is in time; null where no period says so."
    ),
    TypeMember("overdue", "Boolean!", "逾期 · Whether it has not come by then, or never came."),
    TypeMember("daysLate", "Int", "逾期天数 · Days since then, working days where the period has them; null if never."),
)
_VERSION_MEMBERS = (
    TypeMember(
        "digest", "String!", "摘要 · Digest of all that the catalogue states; another one where any of it changed."
    ),
    TypeMember(
        "since", "DateTime!", "生效时间 · Since when it is so (article 17: within 10 working days of a change)."
    ),
)
_CLASSES = {
    "PUBLIC": "公开 · Published.",
    "INTERNAL": "内部 · For the departments' work.",
    "PERSONAL": "个人信息 · About one person; text of this class is sealed.",
    "SENSITIVE": "敏感个人信息 · Sensitive personal information; always sealed.",
}


def add_catalogue(types: Types) -> None:
    """Add the types of the catalogue query."""
    types.enum(
        Share,
        "ShareAttribute",
        "共享属性 · Share attribute (Regulation on Government Data Sharing, articles 14 and 15).",
        {share.name: f"{share.value} · {term.capitalize()}." for share, term in describe.SHARES.items()},
    )
    types.enum(Sensitivity, "Sensitivity", "数据分级 · How sensitive a value is, in rising order.", _CLASSES)
    types.object(UPDATE, "更新情况 · What one source has brought to a catalogue entry.", _UPDATE_MEMBERS)
    types.object(VERSION, "目录版本 · State of the data catalogue.", _VERSION_MEMBERS)
    types.object(ITEM, "数据项 · One item of a catalogue entry: a field or a link.", _ITEM_MEMBERS)
    types.object(ENTRY, "数据目录 · One entry of the data catalogue.", _ENTRY_MEMBERS)


def entries(catalogue: Catalogue, seen: Visibility | None = None) -> list[dict[str, Any]]:
    """The data catalogue: one dict for each entity, with the members of ``CatalogueEntry``.

    With ``seen``: of what exists for a viewer, its entities, and their items that it has any right to.
    """
    if seen is None:
        seen = Visibility(frozenset(catalogue.entities))
    return [_entry(entity, seen) for entity in catalogue if entity.name in seen.entities]


def catalogue_resolver(entries: Sequence[dict[str, Any]]) -> Callable[[Any, Any], list[dict[str, Any]]]:
    """Return what resolves ``catalogue`` to these entries, with how each stands."""

    def resolve(_source: Any, info: Any) -> list[dict[str, Any]]:
        return dated(entries, info.context)

    return resolve


def dated(entries: Sequence[dict[str, Any]], upkeep: Upkeep | None) -> list[dict[str, Any]]:
    """Return the entries with how each is kept up; without ``upkeep``, nothing is said of that."""
    if upkeep is None:
        return list(entries)
    return [{**entry, **_state(upkeep.updates[entry["name"]])} for entry in entries]


def resolve_version(_source: Any, info: Any) -> dict[str, str]:
    """Resolve ``catalogueVersion``."""
    version = info.context.version
    return {"digest": version.digest, "since": _moment(version.since)}


def digest(catalogue: Catalogue) -> str:
    """Return the digest of all that the catalogue states."""
    stated = orjson.dumps(entries(catalogue), default=lambda item: item.name, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(stated).hexdigest()


def _state(updates: tuple[SourceUpdate, ...]) -> dict[str, Any]:
    times = [update.last_updated_at for update in updates]
    known = [time for time in times if time is not None]
    return {
        "lastUpdatedAt": _moment(min(known)) if known and len(known) == len(times) else None,
        "overdue": any(update.overdue for update in updates),
        "updates": [
            {
                "source": update.source,
                "lastUpdatedAt": None if update.last_updated_at is None else _moment(update.last_updated_at),
                "dueOn": None if update.due_on is None else update.due_on.isoformat(),
                "overdue": update.overdue,
                "daysLate": update.days_late,
            }
            for update in updates
        ],
    }


def _moment(at: datetime) -> str:
    """As answers have a time."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _entry(entity: Entity, seen: Visibility) -> dict[str, Any]:
    items = [_item(entity, item) for item in entity.members.values() if _exists(entity, item, seen)]
    return {
        "name": entity.name,
        "zh": entity.zh,
        "en": entity.en,
        "items": items,
        "provider": entity.provider,
        "departments": [department.name for department in entity.departments],
        "format": _FORMAT,
        "frequency": str(entity.frequency),
        "share": entity.share,
        "legalBasis": entity.legal_basis,
        "method": _METHOD,
        "conditions": entity.conditions,
        "class": max(item["class"] for item in items),
    }


def _exists(entity: Entity, item: Field | Link | Links, seen: Visibility) -> bool:
    """Whether the viewer has any right to the item; a link to what does not exist does not exist either."""
    if isinstance(item, Field):
        return item.name == "id" or seen.shows(entity.name, item.name)
    through = getattr(item, "through", None)
    return {item.target, through or item.target} <= seen.entities and seen.shows(entity.name, item.name)


def _item(entity: Entity, item: Field | Link | Links) -> dict[str, Any]:
    field = item if isinstance(item, Field) else None
    return {
        "name": item.graphql,
        "zh": item.zh,
        "en": item.en,
        "type": type_name(item) if isinstance(item, Field) else item.target,
        "class": item.sensitivity,
        "share": entity.share_of(item),
        "legalBasis": entity.legal_basis_of(item),
        "sealed": field is not None and field.sealed,
        "lookup": field is not None and field.lookup,
        "filter": field is not None and field.filter,
        "sort": field is not None and field.sort,
        "masked": field is not None and field.mask is not None,
        "link": field is None,
    }
