"""The folder of the store: the variable, or a folder in the working directory."""

import os
from pathlib import Path

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.home import home


def test_the_variable_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "store"))
    assert home() == tmp_path / "store"
    assert not home().exists(), "nothing is created"


@pytest.mark.parametrize("value", [None, ""])
def test_without_it_the_store_is_in_the_working_directory(
    value: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKILLPROBE_HOME", raising=False)
    if value is not None:
        monkeypatch.setenv("SKILLPROBE_HOME", value)
    assert home() == tmp_path / ".skillprobe"


def test_a_relative_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKILLPROBE_HOME", "runs/store")
    assert home() == tmp_path / "runs/store"


def test_a_tilde_that_no_shell_replaced_is_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SKILLPROBE_HOME", "~/store/")
    assert home() == home("~/store") == tmp_path / "store"


def test_a_name_that_is_not_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", os.fsdecode(b"/stores/\xff"))
    with pytest.raises(SettingsError, match="is not valid"):
        home()
