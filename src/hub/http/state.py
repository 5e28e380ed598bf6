"""What requests share as long as the process runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from hub.auth import Vouched, bearers, cached_credentials, cached_grants, cached_viewers, member_token
from hub.http.connections import Connections
from hub.http.proxies import Proxies, proxies
from hub.http.streams import Streams
from hub.store.agreements import agreed, item_lists
from hub.store.partners import find_by_member, find_by_token_hash

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
    ``vouched``: how tokens of identity providers are taken, if any are; ``proxies``: that are in front.
    """

    runtime: Runtime
    latest: list[Hub]
    credentials: Lookup
    vouched: Vouched | None
    authenticate: Authenticate
    granted_to: GrantedTo
    subjects: Callable[[Iterable[bytes]], bytes]
    literal: Callable[[str], bytes]
    policy: bytes
    connections: Connections
    streams: Streams
    proxies: Proxies


def assemble(runtime: Runtime) -> Hub:
    """Make the state over an open runtime."""

    async def stored(token_hash: bytes, _epoch: int) -> Any:
        return await find_by_token_hash(runtime.pool, token_hash)

    async def of_member(member: bytes, _epoch: int) -> Any:
        return await find_by_member(runtime.pool, member)

    vault, policies = runtime.vault, runtime.engine.policies
    credentials, vouched = cached_credentials(stored), None
    if runtime.issuers.issuers:
        verified = bearers(runtime.issuers, partial(member_token, vault))
        vouched = Vouched(verified, cached_credentials(of_member))
    latest: list[Hub] = []
    latest.append(Hub(
        runtime,
        latest,
        credentials,
        vouched,
        cached_viewers(credentials, policies.purposes(), vouched),
        cached_grants(partial(agreed, runtime.pool, known=item_lists())),
        vault.id_tokens("audit subject"),
        vault.token("audit literal"),
        bytes.fromhex(policies.digest),
        Connections(runtime.settings.connections),
        Streams(runtime.settings.connections // 2),
        proxies(runtime.settings.trusted_proxies),
    ))  # fmt: skip
    return latest[0]
