"""The toolkit that declares: what an entity is, field by field, and everything that follows from it."""

from hub.catalog.entity import ID, VERSION, Catalogue, DeclarationError, Entity, EntityGroup, build, entity
from hub.catalog.fields import Field, Link, Links, camel, field, link, links
from hub.catalog.mask import Mask, Segment, candidates, hide, keep, start_only
from hub.catalog.scalars import (
    Boolean,
    CodeList,
    Date,
    IdNumber,
    Integer,
    Json,
    Money,
    Name,
    Phone,
    RegionCode,
    RowId,
    Scalar,
    Text,
    Timestamp,
    parse_code,
)
from hub.catalog.sensitivity import Group, Sensitivity, Share

__all__ = [
    "ID", "VERSION", "Boolean", "Catalogue", "CodeList", "Date", "DeclarationError", "Entity", "EntityGroup", "Field",
    "Group", "IdNumber", "Integer", "Json", "Link", "Links", "Mask", "Money", "Name", "Phone", "RegionCode", "RowId",
    "Scalar", "Segment", "Sensitivity", "Share", "Text", "Timestamp", "build", "camel", "candidates", "entity", "field",
    "hide", "keep", "link", "links", "parse_code", "start_only",
]  # fmt: skip
