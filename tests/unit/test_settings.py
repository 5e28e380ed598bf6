from __future__ import annotations

import pytest

from hub.errors import SettingsError
from hub.settings import Settings, described


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("HUB_POOLSIZE", "HUB_POOL_SIZE"),
        ("HUB_TRUSTEDONLY", "HUB_TRUSTED_ONLY"),
        ("HUB_SMALEST_GROUP", "HUB_SMALLEST_GROUP"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_one_that_was_meant(monkeypatch, misspelt, meant):
    monkeypatch.setenv(misspelt, "3")
    with pytest.raises(SettingsError, match=f"{misspelt} is no setting. Was {meant} meant"):
        Settings.load()


def test_variables_of_others_and_places_of_sources_are_let_be(monkeypatch):
    monkeypatch.setenv("HUB_PROPERTY_SEED", "1")
    monkeypatch.setenv("HUB_SOURCE_CIVIL_AFFAIRS", "file:somewhere")
    assert Settings.load(pool_size=7).pool_size == 7


def test_fewer_connections_than_its_own_work_holds_at_once_are_refused(monkeypatch):
    monkeypatch.setenv("HUB_POOL_SIZE", "5")
    with pytest.raises(SettingsError, match="HUB_POOL_SIZE"):
        Settings.load()


def test_a_place_for_a_source_without_a_mapping_is_refused_with_the_one_that_was_meant(monkeypatch):
    monkeypatch.setenv("HUB_SOURCE_CIVIL_AFAIRS", "somewhere")
    with pytest.raises(SettingsError, match=r"HUB_SOURCE_CIVIL_AFAIRS .* Was HUB_SOURCE_CIVIL_AFFAIRS meant"):
        Settings.load().refuse_unknown_sources(["civil-affairs", "real-estate"])
    monkeypatch.delenv("HUB_SOURCE_CIVIL_AFAIRS")
    monkeypatch.setenv("HUB_SOURCE_REAL_ESTATE", "somewhere")
    Settings.load().refuse_unknown_sources(["civil-affairs", "real-estate"])


def test_a_hub_that_is_not_there_is_not_made_by_looking_into_it(tmp_path, monkeypatch):
    monkeypatch.delenv("HUB_DATABASE_URL", raising=False)
    settings = Settings.load(home=tmp_path / "none")
    with pytest.raises(SettingsError, match=r"There is no hub in .*none"):
        settings.require_existing()
    assert not (tmp_path / "none").exists()


def test_all_settings_are_described():
    for name in Settings.model_fields:
        assert f"  HUB_{name.upper()}" in described()
