"""Attack: stand in for a receiver, and be sent what is meant for it."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from acting_events import submitted
from hub.errors import SettingsError
from hub.store import webhooks
from hub.webhooks import registering
from hub.webhooks.addresses import Reach
from hub.webhooks.errors import WebhookUnfit
from hub.webhooks.sending import trusted
from hub.webhooks.worker import Deliveries
from receiving import receiving, sending

LOCAL = Reach((ip_network("127.0.0.0/8"), ip_network("::1/128")))
"""This machine, and TLS only: as an administrator would allow a network."""


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(subject, issuer, key, signer, *, authority, names=()):
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named(subject)).issuer_name(named(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )  # fmt: skip
    if authority:
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        made = made.add_extension(usage, critical=True)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
    return made.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """An authority of one's own: its certificate's file, and what makes a server's TLS for a name."""
    home, root = tmp_path_factory.mktemp("authority"), ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    file = home / "authority.pem"
    file.write_bytes(certificate("root", "root", root, root, authority=True).public_bytes(pem))

    def serving(name):
        key = ec.generate_private_key(ec.SECP256R1())
        made = certificate(name, "root", key, root, authority=False, names=[name])
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        both = home / f"{name}.pem"
        both.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, plain))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context

    return file, serving


@pytest_asyncio.fixture(autouse=True)
async def alone(acting):
    yield
    await acting.runtime.pool.execute("DELETE FROM webhook")


async def outcome(acting, receiver, authorities):
    """Have an event sent; tell what became of it."""
    sender = replace(sending(acting.runtime), allowed=LOCAL, authorities=trusted(authorities))
    await registering.register(sender, "receiver", "civil-affairs", "data-sharing", receiver.url, [])
    await submitted(acting)
    await Deliveries(sender).once()
    found = await webhooks.find_webhook(acting.runtime.pool, "receiver")
    [attempt] = await webhooks.attempts_of(acting.runtime.pool, found.id, 10)
    return attempt.outcome


async def test_a_receiver_whose_certificate_a_known_authority_signed_is_sent_to(acting, authority):
    file, serving = authority
    async with receiving(tls=serving("localhost"), name="localhost") as receiver:
        assert await outcome(acting, receiver, file) == "delivered"
        assert len(receiver.got) == 1


async def test_a_certificate_of_an_authority_that_nobody_named_is_refused(acting, authority):
    _, serving = authority
    async with receiving(tls=serving("localhost"), name="localhost") as receiver:
        assert await outcome(acting, receiver, None) == "certificate-refused"
        assert receiver.got == []


async def test_a_certificate_for_another_name_is_refused(acting, authority):
    file, serving = authority
    async with receiving(tls=serving("other.example"), name="localhost") as receiver:
        assert await outcome(acting, receiver, file) == "certificate-refused"
        assert receiver.got == []


async def test_a_receiver_that_speaks_no_tls_gets_nothing(acting, authority):
    file, _ = authority
    async with receiving() as receiver:
        receiver.url = receiver.url.replace("http://127.0.0.1", "https://localhost")
        sender = replace(sending(acting.runtime), allowed=LOCAL, authorities=trusted(file), seconds=0.5)
        await registering.register(sender, "receiver", "civil-affairs", "data-sharing", receiver.url, [])
        await submitted(acting)
        assert await Deliveries(sender).once() == 0
        assert receiver.got == []


async def test_an_address_without_tls_is_not_taken(acting):
    sender = replace(sending(acting.runtime), allowed=LOCAL)
    with pytest.raises(WebhookUnfit, match="https"):
        await registering.register(sender, "plain", "civil-affairs", "data-sharing", "http://127.0.0.1:1/", [])


def test_a_file_of_authorities_that_is_none_stops_the_start(tmp_path):
    (tmp_path / "none.pem").write_text("no certificate")
    for name in ("none.pem", "missing.pem"):
        with pytest.raises(SettingsError, match="HUB_WEBHOOK_CA"):
            trusted(tmp_path / name)
