"""Where the hub sends to: a receiver's address is checked, and what was checked is what the hub connects to.

A partner names the receiver, and the hub stands inside a network: an address could have it speak to machines that the
partner cannot reach (server-side request forgery). So a name is resolved once for each connection, every address that
it has must be a public one or in a network that the administrator allows, and the connection goes to one of these very
addresses: a name that changes in between (DNS rebinding) changes nothing. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from hub.errors import SettingsError
from hub.webhooks.errors import AddressRefused, NameUnknown, WebhookUnfit

if TYPE_CHECKING:
    from collections.abc import Iterable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST: Final = 128
"""Endpoints that a process sends to at the same time."""
_RESOLVING: Final = ThreadPoolExecutor(MOST, thread_name_prefix="webhook-name")
"""The event loop's own threads for names are four: as many names whose servers do not answer would hold up all others.
Here each endpoint finds one free."""
LONGEST: Final = 2_000
"""Characters of an address."""
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_LEADING_ELSEWHERE: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of 6to4
        "2001::/23",  # Teredo and other protocols' own
        "2002::/16",  # 6to4: the IPv4 address within may be anybody's
        "3fff::/20",  # documentation
    )
)
"""Public by their number, and forwarded to an address that stands within them, or to nobody."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the hub sends. ``networks``: allowed besides public addresses; ``plain``: also without TLS."""

    networks: tuple[IpNetwork, ...] = ()
    plain: bool = False

    def permits(self, address: IpAddress) -> bool:
        """Tell whether the hub sends to an address."""
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped  # the kernel would connect to that
        return _is_public(address) or any(address in network for network in self.networks)


def reach(networks: str | None, *, plain: bool) -> Reach:
    """Read the settings. ``networks``: by commas, such as ``10.20.0.0/16``; raises ``SettingsError``."""
    found = []
    for text in filter(None, (each.strip() for each in (networks or "").split(","))):
        try:
            found.append(ipaddress.ip_network(text))
        except ValueError as error:
            raise SettingsError(f"HUB_WEBHOOK_NETWORKS: {error}.") from None
    return Reach(tuple(found), plain)


def _is_public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _LEADING_ELSEWHERE)
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Whom an address names."""

    host: str
    port: int


def place_of(url: str, allowed: Reach) -> Place:
    """Return whom the address of a receiver names. ``WebhookUnfit`` where it is none that the hub could send to."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(' "<>\\^`{|}'):
        raise WebhookUnfit(
            f"The address must have at most {LONGEST} characters, percent-encoded; write a name of other letters as "
            "xn--…."
        )
    try:
        found = urlsplit(url)
        host, port = found.hostname, found.port
    except ValueError:
        raise WebhookUnfit("The address is no URL. Write https://host/path.") from None
    if found.scheme not in ("https", "http") or not host:
        raise WebhookUnfit("The address must begin with https:// and name a host.")
    if found.scheme == "http" and not allowed.plain:
        raise WebhookUnfit("The address must begin with https://: events are not sent in the clear.")
    if found.username is not None or found.password is not None or found.fragment:
        raise WebhookUnfit("The address must have no user name, password or fragment: messages are signed instead.")
    if port == 0:
        raise WebhookUnfit("The address names port 0, which is none.")
    return Place(host, port or (443 if found.scheme == "https" else 80))


async def resolve(place: Place, allowed: Reach) -> tuple[str, ...]:
    """Return the addresses to connect to, all of them permitted.

    ``NameUnknown`` where there is none; ``AddressRefused`` where one of them is not permitted: which of several the
    hub takes must not be for the name's owner to say.
    """
    try:
        found = await asyncio.get_running_loop().run_in_executor(_RESOLVING, _look_up, place)
    except (OSError, UnicodeError):
        raise NameUnknown(f"The name {place.host} leads to no address now.") from None
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    refuse(addresses, allowed)
    return addresses


def _look_up(place: Place) -> list[Any]:
    return socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)


def refuse(addresses: Iterable[str], allowed: Reach) -> None:
    """Raise ``AddressRefused`` where one of the addresses is not permitted."""
    for text in addresses:
        if not allowed.permits(ipaddress.ip_address(text)):
            raise AddressRefused(
                f"The receiver is at {text}, which is no public address. Where the hub shall send there all the same, "
                "name its network in HUB_WEBHOOK_NETWORKS."
            )
