from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from hub.store.audit import START, AuditRecord, Head, decisions, following, values_of

FIELDS = decisions({})


def record(**changes):
    whole = {
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "request_id": "r-1",
        "partner_id": None,
        "purpose": None,
        "action": "query",
        "operation": None,
        "fields": FIELDS,
        "subjects": b"",
        "rows": 0,
        "policy": None,
        "outcome": "refused:HUB-302",
    }
    return AuditRecord(**(whole | changes))


def test_a_refusal_of_a_stranger_has_a_record():
    assert record().partner_id is None


@pytest.mark.parametrize(
    "changes",
    [
        {"request_id": "王小明"},
        {"request_id": ""},
        {"request_id": "r" * 65},
        {"purpose": "13912345678"},
        {"purpose": "find 230502198001011234"},
        {"action": "query 王小明"},
        {"outcome": "answered: 王小明"},
        {"outcome": "x230502198001011234"},
        {"subjects": b"230502198001011234"},
        {"literals": "王小明".encode()},
        {"rows": -1},
        {"rows": 2**31},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001 - the point of the case
    ],
    ids=str,
)
def test_a_record_has_no_room_for_a_value(changes):
    with pytest.raises(ValueError, match=r"audit record") as caught:
        record(**changes)
    assert not any(str(value) in str(caught.value) for value in changes.values() if value != "")


@pytest.mark.parametrize(
    "by_path",
    [
        {"Recipient.a230502198001011234": "plain"},
        {"Recipient.王小明": "plain"},
        {"Recipient.name": "plain 王小明"},
        {"Recipient.phone": "13912345678"},
        {"": "plain"},
    ],
)
def test_paths_and_decisions_have_no_room_for_a_value(by_path):
    with pytest.raises(ValueError, match="form of a value"):
        decisions(by_path)


def test_the_same_decisions_are_spelled_the_same():
    assert decisions({"a": "plain", "b": "masked"}) == decisions({"b": "masked", "a": "plain"})


@pytest.mark.parametrize("people", [0, 1, 2, 100])
def test_a_record_is_sealed_in_one_spelling_that_stays_as_it_is(people):
    # Records of earlier versions are verified by it: no other spelling, however quick, may take its place.
    subjects, literals = b"".join(bytes([at]) * 16 for at in range(people)), b"L" * 16
    written = record(subjects=subjects, literals=literals, rows=people, operation=b"O" * 32, policy=b"P" * 32)
    sealed = []

    def mac(message):
        sealed.append(message)
        return b"M" * 32

    assert following(mac, START, values_of(written)) == Head(1, b"M" * 32)
    spelt = [
        1, "2026-01-01T00:00:00+00:00", "r-1", None, None, "query", "4f" * 32, "{}", ["4c" * 16],
        [f"{at:02x}" * 16 for at in range(people)], people, "50" * 32, "refused:HUB-302",
    ]  # fmt: skip
    assert sealed == [bytes(32) + orjson.dumps(spelt)]
