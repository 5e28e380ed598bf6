"""Declaring an entity: a class whose attributes are its fields, its links and the parts of its process."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from hub.catalog import process_entities
from hub.catalog.entity import ID, VERSION, DeclarationError, Entity, check_field, check_sharing
from hub.catalog.fields import Field, Link, Links
from hub.catalog.process import Clock, Party, Process, Step
from hub.catalog.process_check import check_process
from hub.catalog.scalars import RegionCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hub.catalog.entity import EntityGroup
    from hub.catalog.frequency import Frequency
    from hub.catalog.process import StateList
    from hub.catalog.scalars import CodeList
    from hub.catalog.sensitivity import Share

DECLARED: Final[list[Entity]] = []
"""Everything that was declared so far, in its order."""
DIVISION: Final = "Region"
"""The entity of administrative divisions: every field that holds the code of one gets a link to it."""


def entity(
    *,
    zh: str,
    en: str,
    provider: str,
    frequency: Frequency,
    share: Share,
    conditions: str,
    legal_basis: str | None = None,
    departments: tuple[CodeList, ...] = (),
    groups: tuple[EntityGroup, ...] = (),
    root: str | None = None,
    finder: str | None = None,
    subject: str | None = None,
    sourced: bool = True,
    versioned: bool = False,
    identified_by: str | None = None,
    belongs_to: str | None = None,
    authorised_by: str | None = None,
    part_of: str | None = None,
    states: type[StateList] | None = None,
    final: tuple[StateList, ...] = (),
    logged: bool = False,
    log: bool = False,
) -> Callable[[type], Entity]:
    """Declare the decorated class as an entity; its attributes are its fields and links.

    With ``states`` it is a process: its attributes are parties, steps and clocks too, and its rows have a version.
    ``final``: the states that the process ends in. Raises ``DeclarationError``, ``ProcessError``.
    """
    catalogued = {
        "provider": provider,
        "departments": departments,
        "frequency": frequency,
        "share": share,
        "conditions": conditions,
        "legal_basis": legal_basis,
    }

    def declare(cls: type) -> Entity:
        name, members = cls.__name__, dict(_named(cls.__name__, vars(cls)))
        process = None if states is None else _process(states, final, members)
        if process is not None:
            members |= _named(name, process_entities.row_members(name, process))
        made = _made(
            name, members, zh=zh, en=en, groups=groups, root=root, finder=finder, subject=subject, sourced=sourced,
            versioned=versioned or process is not None, identified_by=identified_by, belongs_to=belongs_to,
            authorised_by=authorised_by, part_of=part_of, process=process, logged=logged or process is not None,
            log=log, **catalogued,
        )  # fmt: skip
        if process is not None:
            check_process(name, process, made.fields, made.stored_links)
            for part in process_entities.parts(name, process):
                _made(
                    part.name, dict(_named(part.name, part.members)), zh=f"{zh}{part.zh}", en=f"{en}: {part.en}",
                    groups=(process_entities.RECORDS,), sourced=False, part_of=process_entities.ROW, **catalogued,
                )  # fmt: skip
        return made

    return declare


def _named(owner: str, items: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a class declares, each with the name of its attribute."""
    for name, item in items.items():
        if isinstance(item, Field | Link | Links | Party | Step | Clock):
            yield name, replace(item, name=name)
        elif not name.startswith("__"):
            raise DeclarationError(f"{owner}.{name} is neither field, link nor links, nor part of a process.")


def _process(states: type[StateList], final: tuple[StateList, ...], members: Mapping[str, Any]) -> Process:
    return Process(
        states=states, final=final, parties=_of(members, Party), steps=_of(members, Step), clocks=_of(members, Clock)
    )


def _of(members: Mapping[str, Any], kind: type[Any]) -> Mapping[str, Any]:
    return MappingProxyType({name: item for name, item in members.items() if isinstance(item, kind)})


_UNSAID: Final = dict.fromkeys(
    ("root", "finder", "subject", "identified_by", "belongs_to", "authorised_by", "process", "part_of")
) | dict.fromkeys(("versioned", "logged", "log"), False)  # fmt: skip


def _made(name: str, members: Mapping[str, Any], **said: Any) -> Entity:
    said = {**_UNSAID, **said}
    toolkit = {"id": ID} | ({"version": VERSION} if said["versioned"] else {})
    for item, made in members.items():
        if item in toolkit:
            raise DeclarationError(f"{name}.{item} is declared by the toolkit; choose another name.")
        if said["process"] is None and isinstance(made, Party | Step | Clock):
            raise DeclarationError(f"{name}.{item} is part of a process, and {name} declares no states.")
    fields = {**toolkit, **_of(members, Field)}
    to_one = {**_of(members, Link), **dict(_division_links(fields.values()))}
    entity = Entity(
        name=name, fields=MappingProxyType(fields), links=MappingProxyType(to_one), many=_of(members, Links), **said
    )
    for field in fields.values():
        check_field(entity, field)
    check_sharing(entity)
    for to in to_one.values():
        if to.by is not None and to.by not in fields:
            raise DeclarationError(f"{name}.{to.name} leads by {to.by}, which is no field of {name}.")
    DECLARED.append(entity)
    return entity


def _division_links(fields: Iterable[Field]) -> Iterator[tuple[str, Link]]:
    """Yield, for each field that holds the code of a division, the link to the division itself."""
    for field in fields:
        if field.type is RegionCode and not field.unique:
            name = field.name.replace("region", "division") if "region" in field.name else f"{field.name}_division"
            yield name, Link(
                name=name, target=DIVISION, by=field.name, to="code", sensitivity=field.sensitivity,
                zh=f"{field.zh}（区划）", en=f"{field.en}: the division with its name",
            )  # fmt: skip
