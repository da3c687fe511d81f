"""Sections added to skillprobe.toml: what the file held stays byte for byte, and the settings load."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import SettingsError
from skillprobe_core.project.run_section import add_run, section_of
from skillprobe_core.project.settings import parsed_settings, settings_in
from skillprobe_core.runs.run_settings import RunSettings


def run_of(folder: str | Path = "/runs/one", base: str = "/models/base", model: str = "one") -> RunSettings:
    return RunSettings(folder=Path(folder), base=Path(base), model=model, method="rl")


@given(st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
def test_any_folder_is_read_back(name: str) -> None:
    run = run_of(f"/runs/x{name}")
    assert parsed_settings(section_of(run).encode(), Path("/home/skillprobe.toml")).runs == (run,)


def test_a_name_of_other_bytes_is_refused() -> None:
    with pytest.raises(SettingsError, match="not text"):
        section_of(run_of("/runs/\udcff"))


@pytest.mark.parametrize("before", [None, b"", b"settle_seconds = 5", b"# mine\n[items]\nlevels = [1]  # easy\n"])
def test_what_the_file_held_stays(before: bytes | None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    if before is not None:
        home.mkdir()
        (home / "skillprobe.toml").write_bytes(before)
    assert add_run(home, run_of()) == home / "skillprobe.toml"
    assert (home / "skillprobe.toml").read_bytes().startswith(before or b"[[runs]]")
    add_run(home, run_of("/runs/two", model="two"))
    assert [run.model for run in settings_in(home).runs] == ["one", "two"]
    assert [file.name for file in home.iterdir()] == ["skillprobe.toml"]


def test_the_same_run_is_added_once(tmp_path: Path) -> None:
    add_run(tmp_path, run_of())
    text = (tmp_path / "skillprobe.toml").read_text()
    assert add_run(tmp_path, run_of()) is None
    assert (tmp_path / "skillprobe.toml").read_text() == text


def test_mode_and_link_of_the_file_stay(tmp_path: Path) -> None:
    real = tmp_path / "settings" / "shared.toml"
    real.parent.mkdir()
    real.write_text("settle_seconds = 5\n")
    real.chmod(0o640)
    (tmp_path / "skillprobe.toml").symlink_to(real)
    add_run(tmp_path, run_of())
    assert (tmp_path / "skillprobe.toml").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert settings_in(tmp_path).runs == (run_of(),)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ('[[runs]]\nfolder = "/runs/one"\nbase = "/models/other"\n', "section with this folder already"),
        ('[[runs]]\nfolder = "/runs/other"\nbase = "/b"\nmodel = "one"\n', "section with this model name already"),
        ('runs = [{folder = "/runs/two", base = "/b"}]\n', "would not be valid TOML"),
        ("settle = 1\n", "unknown setting `settle`"),
        ("[items\n", "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_added_to_stays_as_it_is(before: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "skillprobe.toml").write_text(before)
    with pytest.raises(SettingsError, match=says) as caught:
        add_run(tmp_path, run_of())
    assert (tmp_path / "skillprobe.toml").read_text() == before
    if "already" in says or "would" in says:
        assert 'folder = "/runs/one"' in caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "skillprobe.toml").touch(0o000)
    with pytest.raises(SettingsError, match="cannot be read"):
        add_run(tmp_path, run_of())
