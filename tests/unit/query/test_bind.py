from __future__ import annotations

from hub.domain import CATALOGUE
from hub.query.bind import _restore


def test_a_cursor_stands_where_its_row_stands_however_the_rows_code_is_spelled():
    """A code that ends in zeros means the division above it, but is another text, and another place in the order."""
    code = CATALOGUE["Region"].fields["code"]
    assert code.scalar.parse("230503000") == "230503"
    assert _restore(code, "230503000") == "230503000"
