"""From whom the hub believes a header about a client's certificate."""

from __future__ import annotations

import pytest

from hub.errors import SettingsError
from hub.http.proxies import CertificateUntrusted, proxies

HEADER = ":AAAA:"


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("10.0.0.0/8, 127.0.0.1", "10.3.2.1"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
        ("::1", "::1"),
        ("fd00::/8,", "fd00::7"),
    ],
)
def test_an_address_of_the_setting_is_believed(setting, address):
    proxies(setting).require_trusted(HEADER, (address, 4711))


@pytest.mark.parametrize(
    ("setting", "address"),
    [
        ("", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "::1"),
        ("10.0.0.0/8", "11.0.0.1"),
        ("::1", "127.0.0.1"),
        ("0.0.0.0/0", ""),
        ("0.0.0.0/0", "unix"),
    ],
)
def test_any_other_is_not(setting, address):
    with pytest.raises(CertificateUntrusted, match="own proxy only"):
        proxies(setting).require_trusted(HEADER, (address, 4711))


def test_two_headers_are_refused_from_a_proxy_too():
    with pytest.raises(CertificateUntrusted, match="twice"):
        proxies("127.0.0.1").require_trusted(f"{HEADER}, {HEADER}", ("127.0.0.1", 1))


@pytest.mark.parametrize("setting", ["proxy.example", "10.0.0.1/8", "127.0.0.1;127.0.0.2", "300.1.1.1"])
def test_a_setting_that_is_no_address_is_refused(setting):
    with pytest.raises(SettingsError, match="HUB_TRUSTED_PROXIES"):
        proxies(setting)
