"""The departments' databases and files, read only. Each adapter streams the rows of the columns asked for."""

from hub.sources.errors import SourceBroken, SourceError, SourceShape, SourceUnreachable
from hub.sources.location import open_source
from hub.sources.rows import BATCH, Broken, Row, Source, TableRef

__all__ = [
    "BATCH",
    "Broken",
    "Row",
    "Source",
    "SourceBroken",
    "SourceError",
    "SourceShape",
    "SourceUnreachable",
    "TableRef",
    "open_source",
]
