"""The rules that a source row can fail, and what each says. A reason never repeats the value."""

from __future__ import annotations

from typing import Final

from hub.catalog import normalise

REASONS: Final = {
    normalise.ID_LENGTH: "an ID number has 18 characters, or 15 if it was issued before 1999",
    normalise.ID_CHARACTERS: "an ID number has digits only; the last character may be X",
    normalise.ID_CHECK_DIGIT: "the check digit of the ID number does not fit: a digit is wrong",
    normalise.ID_DATE: "the birth date in the ID number is not a date",
    normalise.ID_SCIENTIFIC: "a spreadsheet has rounded the ID number; what it was cannot be told",
    "ID_MISSING": "there is no ID number",
    normalise.PHONE_LENGTH: "a telephone number has 5 to 12 digits without country code",
    normalise.PHONE_CHARACTERS: "a telephone number has digits only, and may start with +86",
    normalise.NAME_EMPTY: "a name has at least one character",
    "CODE_UNKNOWN": "a code that the mapping does not know",
    "DATE_INVALID": "not a date",
    "NUMBER_INVALID": "not a whole number",
    "AMOUNT_INVALID": "not an amount",
    "AMOUNT_NEGATIVE": "an amount or a number below zero",
    "REGION_INVALID": "not a division code of 2, 4, 6, 9 or 12 digits",
    "REGION_UNKNOWN": "a division that is not in the list: mistyped, or dissolved",
    "CREDIT_CODE": "the check digit of the unified social credit code does not fit",
    "TEXT_INVALID": "text with a character that cannot be stored",
    "FIELD_MISSING": "there is no value, and the field needs one",
    "REFERENCE_UNKNOWN": "the row that it refers to is not there",
    "KEY_MISSING": "the row has no key",
    "DUPLICATE_ROW": "another row of this run has the same key and other content",
    "ROW_MALFORMED": "the line cannot be read as a row",
}


class Unfit(ValueError):
    """A value, or a row, fails a rule. ``reason`` names the column and no value."""

    def __init__(self, rule: str, place: str = "") -> None:
        self.rule = rule
        self.reason = f"{place}: {REASONS[rule]}" if place else REASONS[rule]
        super().__init__(self.reason)
