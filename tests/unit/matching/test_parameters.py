from pathlib import Path

import pytest
import yaml

from hub.errors import SettingsError
from hub.matching import load_parameters

SHIPPED = Path(__file__).parents[3] / "schema" / "matching" / "parameters.yaml"


def test_the_file_that_is_shipped_is_read():
    parameters = load_parameters(SHIPPED)

    assert parameters.class_points == (1000, 2000, 4000, 8000)
    assert not parameters.urgency.strict


@pytest.mark.parametrize(
    ("part", "change", "word"),
    [
        ("urgency", {"reason": ""}, r"urgency\.reason"),
        ("urgency", {"points": {"LOW": 1, "NORMAL": 2, "HIGH": 3}}, "each of LOW, NORMAL, HIGH, URGENT"),
        (
            "urgency",
            {"points": {"LOW": 1, "NORMAL": 2, "HIGH": 3, "URGENT": 2}},
            "more urgent need must not be worth less",
        ),
        ("urgency", {"points": {"LOW": -1, "NORMAL": 2, "HIGH": 3, "URGENT": 4}}, r"urgency\.points\.LOW"),
        ("floor", {"share": 1.5}, r"floor\.share"),
        ("floor", {"color": 1}, r"floor\.color"),
        ("online", {"futures": 0}, r"online\.futures"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(tmp_path, part, change, word):
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    content[part] |= change
    file = tmp_path / "parameters.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")

    with pytest.raises(SettingsError, match=word):
        load_parameters(file)


def test_a_file_that_is_not_there_or_no_yaml_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"absent\.yaml cannot be read"):
        load_parameters(tmp_path / "absent.yaml")
    file = tmp_path / "bad.yaml"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match="not YAML"):
        load_parameters(file)
