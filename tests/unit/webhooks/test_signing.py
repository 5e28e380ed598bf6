"""Messages are signed as Standard Webhooks has it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from uuid import UUID, uuid4

from standardwebhooks import Webhook

from hub.webhooks import signing

AT = datetime(2026, 11, 26, 8, 30, 15, 999_999, tzinfo=UTC)


def test_the_signature_is_that_of_the_standard_s_own_library():
    secret, body = signing.new_secret(), '{"type":"means_check.made"}'
    made = signing.headers("msg_1", AT, body.encode(), [secret])
    assert made["webhook-signature"] == Webhook(secret).sign("msg_1", AT, body)
    assert made["webhook-timestamp"] == str(int(AT.timestamp()))


def test_the_example_of_the_specification_has_its_signature():
    made = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_random_and_as_long_as_the_standard_wants():
    made = {signing.new_secret() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) <= 64


def test_an_id_is_the_same_for_an_event_and_an_endpoint_and_no_other():
    one, two, event = uuid4(), uuid4(), uuid4()
    assert signing.message_id(one, event) == signing.message_id(UUID(str(one)), UUID(str(event)))
    assert len({signing.message_id(*pair) for pair in ((one, event), (two, event), (one, two), (event, one))}) == 4
    assert "." not in signing.message_id(one, event)
