"""Proxies in front: the addresses from which a header about the client's certificate is believed."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from hub.errors import SettingsError
from hub.query import RequestError


class CertificateUntrusted(RequestError):
    """The header ``Client-Cert`` came from an address that is no proxy of the hub's, or came twice."""

    code = "HUB-307"


@dataclass(frozen=True, slots=True)
class Proxies:
    """The networks that the proxies are in."""

    networks: tuple[IPv4Network | IPv6Network, ...]

    def require_trusted(self, header: str, client: tuple[Any, ...]) -> None:
        """Refuse what comes from elsewhere, and more than one (RFC 9440, 2.4 and 4).

        ``header``: ``Client-Cert``. ``client``: address and port of who opened the connection.
        """
        if "," in header:
            raise CertificateUntrusted(
                "The header Client-Cert came twice, so that one is not the proxy's. The proxy must take away what "
                "clients write into it."
            )
        try:
            address = ip_address(str(client[0]))
        except ValueError:
            address = None
        mapped = getattr(address, "ipv4_mapped", None) or address
        if mapped is None or not any(mapped in network for network in self.networks):
            raise CertificateUntrusted(
                "The header Client-Cert is taken from the hub's own proxy only. Leave it out: the proxy adds it where "
                "you show it a certificate."
            )


def proxies(text: str | None) -> Proxies:
    """Read the setting, addresses and networks by commas; ``SettingsError`` for what is none."""
    found = []
    for each in filter(None, (part.strip() for part in (text or "").split(","))):
        try:
            found.append(ip_network(each))
        except ValueError as wrong:
            raise SettingsError(f"HUB_TRUSTED_PROXIES: {wrong}.") from None
    return Proxies(tuple(found))
