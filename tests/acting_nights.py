"""What an administrator and the worker do for matching, where a test acts as everybody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from hub import matching
from hub.cli.nights import Deciding, night_tools
from hub.matching.nights.approvals import approve, stated_resources


async def approved(acting, resource):
    """Have criteria approved, as ``hub resource approve`` does; return the resource."""
    runtime, row = acting.runtime, UUID(resource.partition(":")[2])
    widths = night_tools(runtime).widths
    (one,) = await stated_resources(runtime.pool, runtime.vault, widths, row)
    await approve(
        runtime.pool, runtime.vault, runtime.audit.append, widths, row, str(one.digest), by="tests",
        at=datetime.now(UTC),
    )  # fmt: skip
    return resource


async def a_night(acting):
    """Run a night and send what it proposes, as ``hub match run`` and ``propose`` do."""
    tools = night_tools(acting.runtime)
    night = await matching.run_night(tools, "tests")
    await matching.send(tools, "last", datetime.now(UTC))
    return night


async def the_worker_looks(acting):
    """Decide between nights until nothing is left to decide."""
    settings = acting.runtime.settings.model_copy(update={"matching_propose": True})
    deciding = Deciding(replace(acting.runtime, settings=settings))
    while await deciding.once() is not None:
        pass
