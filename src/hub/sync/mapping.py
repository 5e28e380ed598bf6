"""What a mapping file says: one source, its tables, and which column becomes which field.

The models are the file format; ``schema/mappings/mapping.schema.json`` is made from them.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

UnknownReference = Literal["quarantine", "not_concerned"]


class _MappingPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FieldMap(_MappingPart):
    """Where a field's value comes from: exactly one of column, value, text, from."""

    column: str | None = Field(None, description="The source column.")
    value: str | int | bool | None = Field(None, description="The same value for every row; a code by its name.")
    text: str | None = Field(None, description="Text with source columns in braces: '{area} square metres'.")
    from_: str | None = Field(None, alias="from", description="The field of the same name of a linked row.")
    codes: dict[str, str] | None = Field(None, description="Word in the source to code of the hub.")
    convert: str | None = Field(None, description="A converter beyond what the field's type does by itself.")
    authority: int = Field(1, ge=1, description="Rank among the sources that state this field; 1 stands before 2.")
    on_error: Literal["quarantine"] | None = Field(
        "quarantine", description="What a bad value does: the row goes to quarantine, or (null) the field stays empty."
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = [self.column, self.value, self.text, self.from_]
        if sum(item is not None for item in given) != 1:
            raise ValueError("a field needs exactly one of column, value, text, from")
        if self.column is None and (self.codes is not None or self.convert is not None):
            raise ValueError("codes and convert are for a column")
        return self

    def codes_stated(self) -> frozenset[str]:
        """The codes that a field with a code list can get."""
        return frozenset((self.codes or {}).values() if self.value is None else [str(self.value)])

    def columns(self) -> tuple[str, ...]:
        """The source columns that the value is made of."""
        if self.column is not None:
            return (self.column,)
        return () if self.text is None else tuple(PLACEHOLDER.findall(self.text))


PERSON = "person"
"""What ``from`` calls the person that a row is about."""

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def _field(item: Any) -> Any:
    return {"column": item} if isinstance(item, str) else item


FieldMaps = dict[str, Annotated[FieldMap, BeforeValidator(_field, json_schema_input_type=str | FieldMap)]]


def _key(item: Any) -> Any:
    return [item] if isinstance(item, str) else item


class Reference(_MappingPart):
    """A row of another table of the same source, by that table's key."""

    table: str
    column: str
    unknown: UnknownReference = Field("quarantine", description="What becomes of a row whose reference leads nowhere.")


class PersonMap(_MappingPart):
    """Who the row is about, by ID number, and what the row says about that person."""

    column: str = Field(description="The column with the ID number.")
    mode: Literal["create", "match"] = Field(
        "match", description="create: a person not yet known becomes known. match: rows about others are not kept."
    )
    fields: FieldMaps = Field(default_factory=dict)


class TableMap(_MappingPart):
    """One table of the source, and the row of the hub that each of its rows becomes."""

    key: Annotated[list[str], BeforeValidator(_key, json_schema_input_type=str | list[str]), Field(min_length=1)] = (
        Field(description="The columns that name a row for good.")
    )
    files: str | None = Field(None, description="For directories: pattern of the files that make up the table.")
    encoding: str = Field("utf-8", description="For CSV files; a byte order mark overrules it.")
    sheets: Annotated[list[str], BeforeValidator(_key, json_schema_input_type=str | list[str])] = Field(
        default_factory=list,
        description="For Excel files with several sheets: patterns of the names of those to read; '*' is every sheet.",
    )
    ignore: list[str] = Field(default_factory=list, description="First cells of lines that are no data, like totals.")
    when: dict[str, list[str]] = Field(
        default_factory=dict, description="Column to the values that concern the hub; rows with others are not kept."
    )
    person: PersonMap | None = None
    entity: str | None = None
    part_of: Reference | None = Field(None, description="The row belongs to the hub's row that another row has made.")
    links: dict[str, Reference] = Field(default_factory=dict)
    fields: FieldMaps = Field(default_factory=dict)
    vanished: Literal["keep", "delete"] | dict[str, str] = Field(
        "keep",
        description="What becomes of the hub's row when the source has it no more: field to code or number, to set it.",
    )

    def columns(self) -> tuple[str, ...]:
        """All source columns that are read, each once."""
        named = [*self.key, *self.when]
        named += [reference.column for reference in self.links.values()]
        if self.part_of is not None:
            named.append(self.part_of.column)
        maps = list(self.fields.values())
        if self.person is not None:
            named.append(self.person.column)
            maps += self.person.fields.values()
        for item in maps:
            named += item.columns()
        return tuple(dict.fromkeys(named))


class SourceMapping(_MappingPart):
    """One source."""

    source: str = Field(pattern=r"^[a-z][a-z0-9-]*$", description="Name of the source.")
    title: str = Field(description="What it is, in words.")
    order: int = Field(ge=1, description="Sources run in this order; who creates people comes first.")
    nulls: list[str] = Field(default_factory=list, description="Words that stand for no value, besides empty text.")
    tables: dict[str, TableMap] = Field(min_length=1)
