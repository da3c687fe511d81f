"""Values of [items] are written to skillprobe.toml, and nothing else in it changes."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import SettingsError
from skillprobe_core.project.edited_settings import _edited, _only_changes, write_items
from skillprobe_core.project.settings import settings_in

FILE = """# my store
settle_seconds = 5   # short

[items]  # what is asked
levels = [
  1,  # easy
  2,
]
per_level = 12  # usual
seed = 3

[sampling]
max_new_tokens = 64
"""


def test_a_missing_file_is_created(tmp_path: Path) -> None:
    file = write_items(tmp_path / "new", {"per_level": 20, "levels": [2, 3]})
    assert file.read_text() == "[items]\nper_level = 20\nlevels = [2, 3]\n"
    assert settings_in(tmp_path / "new").items.levels == (2, 3)


def test_present_values_are_replaced_and_comments_stay(tmp_path: Path) -> None:
    (tmp_path / "skillprobe.toml").write_text(FILE)
    write_items(tmp_path, {"per_level": 30, "levels": "auto"})
    text = (tmp_path / "skillprobe.toml").read_text()
    assert 'levels = "auto"\nper_level = 30  # usual\nseed = 3\n' in text
    assert "# my store\nsettle_seconds = 5   # short\n\n[items]  # what is asked\n" in text
    assert text.endswith("[sampling]\nmax_new_tokens = 64\n")


def test_new_values_stand_below_the_header_and_a_new_section_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "skillprobe.toml").write_text("[items]\n\n[[runs]]\nfolder = 'a'\nbase = 'b'")
    write_items(tmp_path, {"per_level": 4})
    assert (tmp_path / "skillprobe.toml").read_text().startswith("[items]\nper_level = 4\n\n[[runs]]")
    (tmp_path / "skillprobe.toml").write_text("settle_seconds = 1")
    write_items(tmp_path, {"per_level": 4})
    assert (tmp_path / "skillprobe.toml").read_text() == "settle_seconds = 1\n\n[items]\nper_level = 4\n"


@pytest.mark.parametrize("text", ["items = {seed = 1}\n", "items.per_level = 3\n", "'items'.seed = 3\n"])
def test_another_form_is_refused_with_the_lines_to_write(tmp_path: Path, text: str) -> None:
    (tmp_path / "skillprobe.toml").write_text(text)
    with pytest.raises(SettingsError, match=r"form that cannot be changed[\s\S]*per_level = 9"):
        write_items(tmp_path, {"per_level": 9})
    assert (tmp_path / "skillprobe.toml").read_text() == text


def test_a_wrong_file_is_refused_and_stays(tmp_path: Path) -> None:
    (tmp_path / "skillprobe.toml").write_text("[items]\nper_levl = 3\n")
    with pytest.raises(SettingsError, match="per_levl"):
        write_items(tmp_path, {"per_level": 9})
    with pytest.raises(SettingsError, match="per_level"):
        write_items(tmp_path / "other", {"per_level": 0})
    assert not (tmp_path / "other").exists()


SECTIONS = st.permutations(
    ["[items]\nseed = 4 # one\nlevels = [1,\n 2]\n", "[sampling]\nseed = 1\n", "[[runs]]\nfolder = 'x#'\nbase = 'y'\n"]
)


@given(SECTIONS, st.integers(0, 3), st.integers(1, 99), st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_in_any_order_of_sections_only_the_values_change(
    sections: list[str], kept: int, per_level: int, levels: list[int]
) -> None:
    text = "settle_seconds = 2\n" + "\n".join(sections[:kept])
    values = {"per_level": per_level, "levels": levels, "seed": 7}
    after = _edited(text, values)
    assert _only_changes(text, after, values)
    assert tomllib.loads(after)["items"]["levels"] == levels
    assert _edited(after, values) == after
