"""The toolkit that declares: what an entity is, field by field, and everything that follows from it."""

from hub.catalog.catalogue import Catalogue, build
from hub.catalog.declare import entity
from hub.catalog.entity import ID, VERSION, DeclarationError, Entity, EntityGroup
from hub.catalog.fields import Alike, Field, Link, Links, camel, field, link, links
from hub.catalog.frequency import AT_ONCE, DAILY, EACH_SYNCHRONISATION, MONTHLY, WEEKLY, YEARLY, Frequency
from hub.catalog.log import ROW_ID, SEQUENCE
from hub.catalog.mask import Mask, Segment, candidates, hide, keep, start_only
from hub.catalog.process import (
    CLOCK,
    HUB,
    Budget,
    Clock,
    Escalate,
    Party,
    Process,
    ProcessError,
    StateList,
    Step,
    Take,
    clock,
    days,
    party,
    step,
    working_days,
)
from hub.catalog.scalars import (
    Boolean,
    CatalogueItems,
    CodeList,
    Date,
    IdNumber,
    Integer,
    Json,
    Money,
    Name,
    OnDays,
    Phone,
    RegionCode,
    RegionCodes,
    RowId,
    Scalar,
    Text,
    Timestamp,
    parse_code,
)
from hub.catalog.sensitivity import Group, Sensitivity, Share

__all__ = [
    "AT_ONCE", "CLOCK", "DAILY", "EACH_SYNCHRONISATION", "HUB", "ID", "MONTHLY", "ROW_ID", "SEQUENCE", "VERSION",
    "WEEKLY", "YEARLY", "Alike", "Boolean", "Budget", "Catalogue", "CatalogueItems", "Clock", "CodeList", "Date",
    "DeclarationError", "Entity", "EntityGroup", "Escalate", "Field", "Frequency", "Group", "IdNumber", "Integer",
    "Json", "Link", "Links", "Mask", "Money", "Name", "OnDays", "Party", "Phone", "Process", "ProcessError",
    "RegionCode", "RegionCodes", "RowId", "Scalar", "Segment", "Sensitivity", "Share", "StateList", "Step", "Take",
    "Text", "Timestamp", "build", "camel", "candidates", "clock", "days", "entity", "field", "hide", "keep", "link",
    "links", "parse_code", "party", "start_only", "step", "working_days",
]  # fmt: skip
