"""The hub as a server that granian can load by name; its settings come from the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.app import create_app
from hub.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette


def app() -> Starlette:
    """The application that ``hub serve`` would serve."""
    return create_app(Settings.load())
