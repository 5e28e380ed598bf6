"""Which addresses the hub sends to, and which texts are an address at all."""

from __future__ import annotations

import ipaddress

import pytest

from hub.errors import SettingsError
from hub.webhooks.addresses import LONGEST, Reach, place_of, reach
from hub.webhooks.errors import WebhookUnfit


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "240e::1"])
def test_public_addresses_are_permitted(address):
    assert Reach().permits(ipaddress.ip_address(address))


def test_a_network_that_the_administrator_names_is_permitted_and_its_neighbour_is_not():
    allowed = reach("10.20.0.0/16, fd00:1::/32", plain=False)
    assert allowed.permits(ipaddress.ip_address("10.20.3.4"))
    assert allowed.permits(ipaddress.ip_address("::ffff:10.20.3.4"))
    assert allowed.permits(ipaddress.ip_address("fd00:1::9"))
    assert not allowed.permits(ipaddress.ip_address("10.21.0.1"))
    assert not allowed.permits(ipaddress.ip_address("127.0.0.1"))


@pytest.mark.parametrize("text", ["10.20.0.1/16", "10.20", "example.org", "10.0.0.0/8;"])
def test_a_network_that_is_none_stops_the_start(text):
    with pytest.raises(SettingsError, match="HUB_WEBHOOK_NETWORKS"):
        reach(text, plain=False)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://receiver.example/hub?key=1", "receiver.example", 443),
        ("https://receiver.example:8443", "receiver.example", 8443),
        ("https://[2606:2800::1]/", "2606:2800::1", 443),
        ("https://xn--fiq228c.cn/", "xn--fiq228c.cn", 443),
    ],
)
def test_an_address_names_host_and_port(url, host, port):
    place = place_of(url, Reach())
    assert (place.host, place.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    [
        "", "receiver.example", "//receiver.example/", "https://", "https:///path", "ftp://receiver.example/",
        "file:///etc/passwd", "http://receiver.example/", "https://user@receiver.example/",
        "https://user:word@receiver.example/", "https://receiver.example/#part", "https://receiver.example:0/",
        "https://receiver.example:99999/", "https://receiver.example:port/", "https://[::1/", "https://民政.cn/",
        "https://receiver.example/a b", "https://receiver.example/\r\nHost: inside", "https://receiver.example\\@inside/",
        "https://receiver.example/\x00", f"https://receiver.example/{'a' * LONGEST}",
    ],
)  # fmt: skip
def test_what_is_no_address_to_send_to_is_refused(url):
    with pytest.raises(WebhookUnfit):
        place_of(url, Reach())


def test_without_tls_only_where_the_setting_says_so():
    assert place_of("http://receiver.example/", Reach(plain=True)).port == 80
