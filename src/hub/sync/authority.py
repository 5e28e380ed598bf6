"""Which source's value stands where several state the same field."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def resolve(statements: Mapping[str, str], ranks: Mapping[str, int]) -> tuple[str | None, dict[str, str]]:
    """Return the source whose statement stands, and the statements that do not.

    ``statements``: source to value as text. ``ranks``: source to authority, 1 before 2. Nothing else counts, above
    all not which source spoke first: so the order in which sources run makes no difference. A source that the
    mappings no longer know comes last.
    """
    if not statements:
        return None, {}
    last = max(ranks.values(), default=0) + 1
    standing = min(statements, key=lambda source: (ranks.get(source, last), source))
    return standing, {source: value for source, value in statements.items() if source != standing}
