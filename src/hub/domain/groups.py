"""Groups of entities that policies speak of together. A new entity joins one by naming it in its declaration."""

from __future__ import annotations

from hub.catalog import EntityGroup

ASSISTANCE_FILE = EntityGroup("assistance-file", "救助档案", "all that is kept about assisted people and households")
ENROLMENT = EntityGroup("enrolment", "救助登记", "who is enrolled, and with which household")
STATISTICS = EntityGroup("statistics", "统计对象", "rows of the assistance file that are counted, and name nobody")
INDIVIDUALS = EntityGroup(
    "individuals", "个人信息", "rows of the assistance file that each are about one person's identity or means"
)
SYNCHRONISATION = EntityGroup("synchronisation", "数据同步", "what the hub did with departments' rows")
PUBLISHED = EntityGroup("published", "公开数据", "what everybody may know")
