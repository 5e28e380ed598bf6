import pytest

from hub.sources import SourceUnreachable, open_source


def test_an_unknown_kind_of_address_is_refused_without_repeating_it():
    with pytest.raises(SourceUnreachable) as caught:
        open_source("oracle://scott:tiger@host/db")
    assert "tiger" not in caught.value.message
