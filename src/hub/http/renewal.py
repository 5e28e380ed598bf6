"""One bundle of policies for each answer: the one that is in force when the answer is accounted for.

A request takes the newest hub (``hub.http.state``) that there is, and keeps it to its end. Every audit record is
written with the number of the bundle in force: where that is another one, the answer is thrown away, the process takes
the new bundle, and the request is answered anew. So nobody is answered by half of one, nor by one that had been
replaced before the request came; and no message between processes could be lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from hub.auth import cached_viewers
from hub.errors import HubError
from hub.runtime import PoliciesChanged, renew

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.http.state import Hub

Made = TypeVar("Made")

ATTEMPTS: Final = 20
"""How often a request is answered anew. Each time another bundle was installed meanwhile, so once is the rule."""


class PoliciesUnsettled(HubError):
    """Policies changed again and again while an answer was made."""

    code = "HUB-207"
    status = 503

    def __init__(self) -> None:
        super().__init__("The policies keep changing. Nothing was given or done; send it again in a moment.")


def newest(hub: Hub) -> Hub:
    """The hub by the newest policies that this process has."""
    latest, runtime = hub.latest[0], hub.runtime.now()
    if latest.runtime.installation != runtime.installation:
        policies = runtime.engine.policies
        latest = hub.latest[0] = replace(
            latest,
            runtime=runtime,
            authenticate=cached_viewers(hub.credentials, policies.purposes(), hub.vouched),
            policy=bytes.fromhex(policies.digest),
        )
    return latest


async def by_policies_of_now(hub: Hub, make: Callable[[Hub], Awaitable[Made]]) -> Made:
    """Make an answer by the newest bundle; anew wherever another one came into force before it was accounted for.

    Raises ``PoliciesUnsettled`` where that goes on and on.
    """
    for _ in range(ATTEMPTS):
        try:
            return await make(newest(hub))
        except PoliciesChanged as changed:
            await renew(hub.runtime.newest, changed)
    raise PoliciesUnsettled
