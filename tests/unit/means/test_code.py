"""The code on a report: people read it out and type it in, and no other report has it."""

from __future__ import annotations

import hashlib
import hmac

from hub.means.code import code_of, same_code


def token(text):
    return hmac.digest(b"key", text.encode(), hashlib.sha256)[:16]


def test_a_code_has_four_groups_of_four_letters_that_look_like_nothing_else():
    code = code_of("a report", token)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
    assert code == code_of("a report", token)


def test_every_changed_character_of_a_report_has_another_code():
    text = "家庭经济状况核对报告 2650.50"
    codes = {code_of(text[:at] + "x" + text[at + 1 :], token) for at in range(len(text))}
    assert len(codes) == len(text)
    assert code_of(text, token) not in codes


def test_it_is_known_however_it_is_typed_and_no_other_code_is():
    code = "K3ZT-90QF-1XWB-M2RC"
    assert same_code("k3zt 9oqf ixwb m2rc", code)
    assert same_code("K3ZT90QF1XWBM2RC", code)
    letters = code.replace("-", "")
    for at in range(16):
        assert not same_code(letters[:at] + ("7" if letters[at] != "7" else "8") + letters[at + 1 :], code)
    assert not same_code("", code)
    assert not same_code(letters[:-1], code)
