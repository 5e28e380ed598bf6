"""The data catalogue that the Regulation on Government Data Sharing (article 13) asks for, as a query.

It is read from the declarations themselves, so it cannot fall behind what the hub does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.catalog import Field, Sensitivity, Share
from hub.graph import describe
from hub.graph.scalars import type_name
from hub.graph.shapes import TypeMember
from hub.policy import Visibility

if TYPE_CHECKING:
    from hub.catalog import Catalogue, Entity, Link, Links
    from hub.graph.shapes import Types

ENTRY: Final = "CatalogueEntry"
ITEM: Final = "CatalogueItem"

_METHOD = "GraphQL"
_FORMAT = "JSON"

_ENTRY_MEMBERS = (
    TypeMember("name", "String!", "Name in GraphQL."),
    TypeMember("zh", "String!", "数据名称 · Name in Chinese."),
    TypeMember("en", "String!", "数据名称 · Name in English."),
    TypeMember("items", f"[{ITEM}!]!", "数据项 · Its items."),
    TypeMember("provider", "String!", "提供单位 · Who provides it."),
    TypeMember("format", "String!", "数据格式 · Format in which it is shared."),
    TypeMember("frequency", "String!", "更新频率 · How often it is updated."),
    TypeMember("share", "ShareAttribute!", "共享属性 · Whether it is shared."),
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
    TypeMember("sealed", "Boolean!", "Whether it is stored sealed only."),
    TypeMember("lookup", "Boolean!", "Whether it can be found by its exact value."),
    TypeMember("filter", "Boolean!", "Whether it can be filtered by."),
    TypeMember("sort", "Boolean!", "Whether it can be ordered by."),
    TypeMember("masked", "Boolean!", "Whether it can be shown masked."),
    TypeMember("link", "Boolean!", "Whether it leads to other rows instead of holding a value."),
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
    types.object(ITEM, "数据项 · One item of a catalogue entry: a field or a link.", _ITEM_MEMBERS)
    types.object(ENTRY, "数据目录 · One entry of the data catalogue.", _ENTRY_MEMBERS)


def entries(catalogue: Catalogue, seen: Visibility | None = None) -> list[dict[str, Any]]:
    """The data catalogue: one dict for each entity, with the members of ``CatalogueEntry``.

    With ``seen``: of what exists for a viewer, its entities, and their items that it has any right to.
    """
    if seen is None:
        seen = Visibility(frozenset(catalogue.entities))
    return [_entry(entity, seen) for entity in catalogue if entity.name in seen.entities]


def _entry(entity: Entity, seen: Visibility) -> dict[str, Any]:
    items = [_item(item) for item in entity.members.values() if _exists(entity, item, seen)]
    return {
        "name": entity.name,
        "zh": entity.zh,
        "en": entity.en,
        "items": items,
        "provider": entity.provider,
        "format": _FORMAT,
        "frequency": entity.frequency,
        "share": entity.share,
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


def _item(item: Field | Link | Links) -> dict[str, Any]:
    field = item if isinstance(item, Field) else None
    return {
        "name": item.graphql,
        "zh": item.zh,
        "en": item.en,
        "type": type_name(item) if isinstance(item, Field) else item.target,
        "class": item.sensitivity,
        "sealed": field is not None and field.sealed,
        "lookup": field is not None and field.lookup,
        "filter": field is not None and field.filter,
        "sort": field is not None and field.sort,
        "masked": field is not None and field.mask is not None,
        "link": field is None,
    }
