"""Lists as they are typed on the command line."""

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.show.cli.item_options import levels_of, names_of


def test_lists_are_read_in_order() -> None:
    assert levels_of("2,1, 3") == [2, 1, 3]
    assert names_of("gsm8k,arc,") == ["gsm8k", "arc"]
    assert names_of("") == []
    assert (levels_of(None), names_of(None)) == (None, None)
    assert levels_of("auto") == "auto"


@pytest.mark.parametrize("text", ["", "a", "1,", "1;2", "1.5"])
def test_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--levels: expected comma-separated integers[\s\S]*--levels 1,2"):
        levels_of(text)
