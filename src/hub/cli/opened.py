"""A hub that is opened for one command, which answers no documents, and closed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hub.cli.terminal import run
from hub.runtime import running
from hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.runtime import Runtime

Result = TypeVar("Result")


def with_hub(work: Callable[[Runtime], Awaitable[Result]]) -> Result:
    """Run the work on the hub that is there; a mistyped home is refused, and makes no new one."""

    async def opened() -> Result:
        settings = Settings.load()
        settings.require_existing()
        async with running(settings, answers=False) as runtime:
            return await work(runtime)

    return run(opened())
