"""What issuers.yaml may say."""

from __future__ import annotations

import pytest
import yaml

from hub.auth.issuers import load_issuers
from hub.errors import SettingsError

ONE = {"issuer": "https://id.example", "audience": "https://hub.example", "partner": "office"}


def loaded(tmp_path, content):
    file = tmp_path / "issuers.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return load_issuers(file).issuers


def test_without_a_file_the_hub_takes_its_own_tokens_alone(tmp_path):
    assert load_issuers(tmp_path / "issuers.yaml").issuers == ()


@pytest.mark.parametrize("content", ["", "issuers: []", "# nothing yet"])
def test_an_empty_file_names_none(tmp_path, content):
    assert loaded(tmp_path, content) == ()


def test_what_is_not_said_is_as_careful_as_it_can_be(tmp_path):
    [found] = loaded(tmp_path, {"issuers": [ONE]})
    assert (found.algorithms, found.clock_skew, found.subject) == (("RS256", "PS256", "ES256"), 30, "sub")
    assert found.partner_of({}) == "office"


def test_a_claim_may_say_whose_member_it_is(tmp_path):
    one = {**ONE, "partner": None, "partners": {"claim": "unit", "values": {"0451": "office", "0452": "bureau"}}}
    [found] = loaded(tmp_path, {"issuers": [one]})
    assert found.partner_names == {"office", "bureau"}
    assert [found.partner_of({"unit": unit}) for unit in ("0452", "0453", ["0451"], None)] == [
        "bureau",
        None,
        None,
        None,
    ]
    assert found.partner_of({}) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": "http://id.example"}, "https://"),
        ({"issuer": "https://user:pass@id.example"}, "without user"),
        ({"issuer": "https://id.example/?x=1"}, "without user, query"),
        ({"issuer": "file:///etc/passwd"}, "must be an address"),
        ({"issuer": 7}, "must be an address"),
        ({"keys": "http://10.0.0.1/jwks"}, "https://"),
        ({"audience": ""}, "audience"),
        ({"algorithms": ["none"]}, "algorithms"),
        ({"algorithms": ["HS256"]}, "algorithms"),
        ({"algorithms": []}, "algorithms"),
        ({"clock_skew": 3600}, "clock_skew"),
        ({"clock_skew": -1}, "clock_skew"),
        ({"partner": None}, "say in partner"),
        ({"partners": {"claim": "unit", "values": {"1": "office"}}}, "say in partner"),
        ({"partner": None, "partners": {"claim": "unit", "values": {}}}, "partners.values"),
        ({"audiense": "x"}, "audiense"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_with_file_and_place(tmp_path, changes, said):
    with pytest.raises(SettingsError, match=r"issuers\.yaml: issuers\.0.*") as caught:
        loaded(tmp_path, {"issuers": [{**ONE, **changes}]})
    assert said in caught.value.message


def test_an_issuer_stands_there_once(tmp_path):
    with pytest.raises(SettingsError, match="twice"):
        loaded(tmp_path, {"issuers": [ONE, ONE]})


@pytest.mark.parametrize("content", ["issuers: [", "- a list", "issuers: 7", "other: []", "text"])
def test_what_is_no_such_file_is_refused(tmp_path, content):
    with pytest.raises(SettingsError, match=r"issuers\.yaml"):
        loaded(tmp_path, content)


def test_a_provider_on_this_machine_may_speak_http(tmp_path):
    for address in ("http://127.0.0.1:4567", "http://localhost:4567", "http://[::1]:4567"):
        [found] = loaded(tmp_path, {"issuers": [{**ONE, "issuer": address}]})
        assert found.issuer == address
