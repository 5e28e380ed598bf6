"""Strawberry types made from data: what a type is called, which members it has, what each one means.

Types name each other in GraphQL's own notation (``[Person!]``) and are looked up in one namespace when the
schema is built, so that they may be declared in any order and refer to each other in circles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, Final, Optional

import strawberry
from graphql import ListTypeNode, NamedTypeNode, NonNullTypeNode, parse_type
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.enum import EnumValue, StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion
from strawberry.types.unset import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import Enum

    from graphql import TypeNode

BUILT_IN: Final[Mapping[str, Any]] = {"String": str, "Int": int, "Float": float, "Boolean": bool, "ID": strawberry.ID}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a field. ``type`` is in GraphQL's notation."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class TypeMember:
    """One field of a type or of an input. ``type`` is in GraphQL's notation."""

    name: str
    type: str
    description: str
    arguments: tuple[Argument, ...] = ()
    default: Any = UNSET


@dataclass(frozen=True, slots=True)
class Types:
    """The types of one schema by their GraphQL names. Filled while the schema is built, then left alone."""

    names: dict[str, Any] = field(default_factory=lambda: {**BUILT_IN, "Optional": Optional})

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def object(self, name: str, description: str, members: Iterable[TypeMember], interface: str | None = None) -> None:
        """Add an object type; with ``interface``, one that implements it."""
        bases = () if interface is None else (self.names[interface],)
        self._add(name, description, members, bases, is_input=False, is_interface=False)

    def interface(self, name: str, description: str, members: Iterable[TypeMember]) -> None:
        """Add an interface."""
        self._add(name, description, members, (), is_input=False, is_interface=True)

    def input(self, name: str, description: str, members: Iterable[TypeMember]) -> None:
        """Add an input type."""
        self._add(name, description, members, (), is_input=True, is_interface=False)

    def enum(self, cls: type[Enum], name: str, description: str, terms: Mapping[str, str]) -> None:
        """Add an enum whose values are the members of ``cls``; ``terms`` describes each by its name.

        The class itself stays as it is: declarations know nothing of GraphQL.
        """
        values = [EnumValue(item.name, item.value, description=terms[item.name]) for item in cls]
        self.names[name] = StrawberryEnumDefinition(cls, name, values, description)

    def union(self, name: str, description: str, members: Iterable[str]) -> None:
        """Add a union of object types."""
        self.names[name] = StrawberryUnion(
            name=name,
            description=description,
            type_annotations=tuple(map(self._annotation, (f"{each}!" for each in members))),
        )

    def _add(
        self,
        name: str,
        description: str,
        members: Iterable[TypeMember],
        bases: tuple[type, ...],
        *,
        is_input: bool,
        is_interface: bool,
    ) -> None:
        body: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
        for member in members:
            attribute = _attribute(member.name)
            # Strawberry takes a field's type from the class annotation; only an annotation that brings its
            # own namespace is resolved there instead of in this module.
            body["__annotations__"][attribute] = self._annotation(member.type)
            body[attribute] = self._field(member, attribute, is_input=is_input)
        self.names[name] = strawberry.type(
            type(name, bases, body), name=name, description=description, is_input=is_input, is_interface=is_interface
        )

    def _field(self, member: TypeMember, attribute: str, *, is_input: bool) -> StrawberryField:
        default = {"default": member.default} if is_input else {}
        made = StrawberryField(
            python_name=attribute, graphql_name=member.name, description=member.description, **default
        )
        made.arguments = [
            StrawberryArgument(
                _attribute(item.name), item.name, self._annotation(item.type), description=item.description
            )
            for item in member.arguments
        ]
        return made

    def _annotation(self, notation: str) -> StrawberryAnnotation:
        return StrawberryAnnotation(_python(parse_type(notation)), namespace=self.names)


def _attribute(name: str) -> str:
    return f"{name}_" if iskeyword(name) else name


def _python(node: TypeNode) -> str:
    """Spell a GraphQL type as a Python annotation: ``[ID!]`` is ``Optional[list[ID]]``."""
    return _required(node.type) if isinstance(node, NonNullTypeNode) else f"Optional[{_required(node)}]"


def _required(node: TypeNode) -> str:
    match node:
        case ListTypeNode(type=inner):
            return f"list[{_python(inner)}]"
        case NamedTypeNode(name=name):
            return name.value
    raise TypeError(f"{node.kind} is not a type that can be required")
