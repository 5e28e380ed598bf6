"""Members of partners, for tests: as an administrator adds them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.auth import Identity, enroll, issue_token
from hub.store.partners import find_partner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.runtime import Runtime
    from hub.store.members import MemberRow


async def member(
    runtime: Runtime,
    partner: str,
    name: str,
    *,
    roles: Sequence[str] = (),
    regions: Sequence[str] = (),
    purposes: Sequence[str] = (),
) -> MemberRow:
    """Add a member, with all that the partner has unless something is said."""
    found = await find_partner(runtime.pool, partner)
    return await enroll(
        runtime.pool, runtime.vault, found, Identity(name), roles=roles, regions=regions, purposes=purposes,
        now=datetime.now(UTC),
    )  # fmt: skip


async def token(runtime: Runtime, row: MemberRow) -> str:
    """Issue a token of the hub for a member."""
    return (await issue_token(runtime.pool, row.partner, datetime.now(UTC), member=row)).text
