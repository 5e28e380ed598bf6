"""By when a source must have been read again, and how late it is."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.catalog import AT_ONCE, DAILY, MONTHLY, WEEKLY, YEARLY
from hub.domain import CATALOGUE
from hub.sync.mapping_files import Mappings, load_mappings, parse_mapping
from hub.sync.upkeep import source_update, sources_of

MAPPINGS = Path(__file__).parents[3] / "schema" / "mappings"


def updated(frequency, last, today):
    return source_update(replace(CATALOGUE["Need"], frequency=frequency), "civil-affairs", last, today)


@pytest.mark.parametrize(
    ("frequency", "last", "due", "today", "late"),
    [
        (DAILY, "2025-11-20", "2025-11-21", "2025-11-21", 0),
        # Read on a Friday: due on Monday, and Thursday is three working days later.
        (DAILY, "2025-11-21", "2025-11-24", "2025-11-27", 3),
        # A Sunday that is worked, in place of a day of the holiday that follows.
        (DAILY, "2025-09-27", "2025-09-28", "2025-09-28", 0),
        (DAILY, "2025-09-30", "2025-10-09", "2025-10-08", 0),
        (DAILY, "2025-09-30", "2025-10-09", "2025-10-10", 1),
        (WEEKLY, "2025-11-20", "2025-11-27", "2025-11-27", 0),
        (WEEKLY, "2025-11-20", "2025-11-27", "2025-11-29", 2),
        (MONTHLY, "2025-11-20", "2025-12-21", "2026-01-01", 11),
        (YEARLY, "2025-11-20", "2026-11-21", "2026-11-22", 1),
    ],
)
def test_an_update_is_late_from_the_day_after_its_last_day(frequency, last, due, today, late):
    found = updated(frequency, datetime.fromisoformat(f"{last}T12:00+08:00"), date.fromisoformat(today))
    assert (found.due_on, found.days_late, found.overdue) == (date.fromisoformat(due), late, late > 0)


def test_a_run_in_the_evening_of_utc_is_one_of_the_next_day_of_beijing():
    found = updated(WEEKLY, datetime(2025, 11, 19, 16, 30, tzinfo=UTC), date(2025, 11, 20))
    assert found.due_on == date(2025, 11, 27)


def test_what_never_came_is_overdue_by_no_number_of_days():
    found = updated(DAILY, None, date(2025, 11, 20))
    assert (found.overdue, found.days_late, found.due_on) == (True, None, None)


@pytest.mark.parametrize("last", [None, datetime(2020, 1, 1, tzinfo=UTC)])
def test_what_no_period_is_set_for_is_never_overdue(last):
    found = updated(AT_ONCE, last, date(2025, 11, 20))
    assert (found.overdue, found.days_late, found.due_on) == (False, 0, None)


def test_every_entity_has_the_sources_whose_mappings_fill_it():
    found = sources_of(load_mappings(MAPPINGS, CATALOGUE), CATALOGUE)
    assert found.keys() == set(CATALOGUE.entities)
    assert found["Finding"] == ("public-security", "social-security", "real-estate")
    assert found["Person"][:2] == ("civil-affairs", "public-security")
    assert found["CharityResource"] == ("charity-federation",)
    assert found["SharingRequest"] == ()


def test_a_source_that_only_names_a_person_does_not_fill_people():
    text = """\
source: sample
title: A sample
order: 1
tables:
  need:
    key: no
    person: {column: id}
    entity: Need
    fields:
      kind: {value: FOOD}
      status: {value: OPEN}
      urgency: {value: LOW}
"""
    only = Mappings((parse_mapping(text, "sample.yaml", CATALOGUE),), {})
    assert sources_of(only, CATALOGUE)["Need"] == ("sample",)
    assert sources_of(only, CATALOGUE)["Person"] == ()
