"""Canonical forms of what people are looked up by, so that one person has one spelling.

A blind index finds equal texts only, so every spelling of the same value must come out as the same text.
Each function is idempotent. What has no canonical form raises ``NotNormal`` with a rule id; the message says
what is wrong and never repeats the value.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from stdnum.iso7064 import mod_11_2

from hub.errors import HubError


class NotNormal(HubError, ValueError):
    """A value has no canonical form. ``rule`` says why, for quarantine and for statistics."""

    code = "HUB-160"
    status = 400

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


ID_LENGTH: Final = "ID_LENGTH"
ID_CHARACTERS: Final = "ID_CHARACTERS"
ID_CHECK_DIGIT: Final = "ID_CHECK_DIGIT"
ID_DATE: Final = "ID_DATE"
ID_SCIENTIFIC: Final = "ID_SCIENTIFIC"
PHONE_LENGTH: Final = "PHONE_LENGTH"
PHONE_CHARACTERS: Final = "PHONE_CHARACTERS"
NAME_EMPTY: Final = "NAME_EMPTY"
NAME_LENGTH: Final = "NAME_LENGTH"
LONGEST_NAME: Final = 200
LONGEST_NUMBER: Final = 64
"""Characters. Normalising takes time with the square of a text's length, so a bound comes before it."""

_SCIENTIFIC = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?E[+]?[0-9]+")
_ID_18 = re.compile(r"[0-9]{17}[0-9X]")
_ID_15 = re.compile(r"[0-9]{15}")
_APOSTROPHES = dict.fromkeys(map(ord, "'`´‘’‛′＇｀"))
_LAST_CENTURY = "19"


def id_number(text: str) -> str:
    """Return the citizen identity number as 18 characters, check digit upper case (GB 11643-1999).

    A number of 15 digits (issued until 1999, birth year without century) becomes the 18-digit number of the
    same person. The rules are tried in the order of their constants here, except that scientific notation
    comes first: a spreadsheet has rounded such a number, and nobody can tell what it was.
    """
    number = _compact(text.translate(_APOSTROPHES)).upper()
    if _SCIENTIFIC.fullmatch(number):
        raise NotNormal(ID_SCIENTIFIC, "A spreadsheet has rounded this ID number to scientific notation.")
    if len(number) not in (15, 18):
        raise NotNormal(ID_LENGTH, "An ID number has 18 characters, or 15 if it was issued before 1999.")
    if len(number) == 15:  # noqa: PLR2004 - the length that the message above names
        if not _ID_15.fullmatch(number):
            raise NotNormal(ID_CHARACTERS, "An ID number of 15 characters has digits only.")
        body = number[:6] + _LAST_CENTURY + number[6:]
        number = body + mod_11_2.calc_check_digit(body)
    elif not _ID_18.fullmatch(number):
        raise NotNormal(ID_CHARACTERS, "An ID number has digits only; the last character may be X.")
    elif mod_11_2.checksum(number) != 1:
        raise NotNormal(ID_CHECK_DIGIT, "The check digit of this ID number does not fit: a digit is wrong.")
    if _birth_date(number) is None:
        raise NotNormal(ID_DATE, "The birth date in this ID number is not a date.")
    return number


def birth_date(number: str) -> date:
    """Return the birth date in a canonical ID number (see ``id_number``)."""
    born = _birth_date(number)
    if born is None:
        raise NotNormal(ID_DATE, "The birth date in this ID number is not a date.")
    return born


def _birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


_PHONE_PUNCTUATION = dict.fromkeys(map(ord, "-()./‐‑‒–—―−"))
_PHONE = re.compile(r"(?P<country>\+86|0086|86(?=1[3-9][0-9]{9}$))?(?P<national>[0-9]+)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_PHONE_SHORTEST, _PHONE_LONGEST = 5, 12


def phone(text: str) -> str:
    """Return the number as it is dialled inside the country: 11 digits (mobile) or area code and number.

    ``+86``, ``0086``, and ``86`` before a mobile number go; a landline that came with the country code gets
    back the leading 0 of its area code. 5 digits (``12345``) are the shortest number there is.
    """
    match = _PHONE.fullmatch(_compact(text).translate(_PHONE_PUNCTUATION))
    if match is None:
        raise NotNormal(PHONE_CHARACTERS, "A telephone number has digits only, and may start with +86.")
    number = match["national"]
    if match["country"] and not number.startswith("0") and not _MOBILE.fullmatch(number):
        number = "0" + number
    if not _PHONE_SHORTEST <= len(number) <= _PHONE_LONGEST or number.startswith("00"):
        raise NotNormal(PHONE_LENGTH, "A Chinese telephone number has 5 to 12 digits without country code.")
    return number


# Middle dots as they are typed in names: bullets, katakana dots, the operator, the full-width full stop.
_DOTS = dict.fromkeys(map(ord, "·•‧∙⋅・･●․᛫⸱⸳"), "·")
_HAN = "〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_PLAIN_NAME = re.compile("[一-鿿]+")
_DOT_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}]) ?\\. ?(?=[{_HAN}])")
_SPACE_INSIDE = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])| ?· ?")


def name(text: str) -> str:
    """Return a person's name: one kind of middle dot (U+00B7), no spaces between Chinese characters.

    Names in other scripts keep their case and single spaces.
    """
    if _PLAIN_NAME.fullmatch(text):
        return text
    if len(text) > LONGEST_NAME:
        raise NotNormal(NAME_LENGTH, f"A name has at most {LONGEST_NAME} characters.")
    # NFKC and dropping characters can each make work for the other, so both run until nothing changes.
    before, after = "", text
    while after != before:
        before = after
        after = _name_once(before)
    if not after:
        raise NotNormal(NAME_EMPTY, "A name has at least one character.")
    return after


def _name_once(text: str) -> str:
    spaced = " ".join(_visible(unicodedata.normalize("NFKC", text.translate(_DOTS))).split())
    dotted = _DOT_BETWEEN_HAN.sub("·", spaced.translate(_DOTS))
    return _SPACE_INSIDE.sub(lambda found: found[0].strip(), dotted)


def _compact(text: str) -> str:
    """Full-width to plain characters (NFKC), without spaces and invisible characters."""
    if text.isascii() and text.isalnum():
        return text
    if len(text) > LONGEST_NUMBER:
        return text[:LONGEST_NUMBER]  # too long for any number, and refused as that
    return "".join(_visible(unicodedata.normalize("NFKC", text)).split())


def _visible(text: str) -> str:
    """Drop format characters (byte order marks, zero-width spaces); control characters become spaces."""
    kinds = [(character, unicodedata.category(character)) for character in text]
    return "".join(" " if kind == "Cc" else character for character, kind in kinds if kind != "Cf")
