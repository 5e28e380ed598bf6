"""What requests share as long as the process runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hub.auth import cached_credentials, cached_grants, cached_viewers
from hub.http.connections import Connections
from hub.http.streams import Streams
from hub.store.agreements import agreed, item_lists
from hub.store.partners import find_by_token_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hub.auth.grants import GrantedTo
    from hub.auth.viewer import Authenticate, Lookup
    from hub.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Hub:
    """The application's state.

    ``subjects``, ``literal``: make the tokens that the audit names people and values by. ``policy``: the digest of
    the policies that this hub goes by; ``latest``: has the one by the newest policies (``hub.http.renewal``).
    """

    runtime: Runtime
    latest: list[Hub]
    credentials: Lookup
    authenticate: Authenticate
    granted_to: GrantedTo
    subjects: Callable[[Iterable[bytes]], bytes]
    literal: Callable[[str], bytes]
    policy: bytes
    connections: Connections
    streams: Streams


def assemble(runtime: Runtime) -> Hub:
    """Make the state over an open runtime."""

    async def stored(token_hash: bytes, _epoch: int) -> Any:
        return await find_by_token_hash(runtime.pool, token_hash)

    vault, policies = runtime.vault, runtime.engine.policies
    credentials = cached_credentials(stored)
    latest: list[Hub] = []
    latest.append(Hub(
        runtime,
        latest,
        credentials,
        cached_viewers(credentials, policies.purposes()),
        cached_grants(partial(agreed, runtime.pool, known=item_lists())),
        vault.id_tokens("audit subject"),
        vault.token("audit literal"),
        bytes.fromhex(policies.digest),
        Connections(runtime.settings.connections),
        Streams(runtime.settings.connections // 2),
    ))  # fmt: skip
    return latest[0]
