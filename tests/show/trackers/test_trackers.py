"""What a tracker was told is read back out of its own files."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.errors import SettingsError
from skillprobe_core.show.cli.main import app
from skillprobe_core.show.trackers import TRACKERS, open_tracker


def test_what_is_not_there_is_refused_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=", ".join(TRACKERS)):
        open_tracker("notepad", tmp_path)
    missing = [name for name in TRACKERS if find_spec(name) is None]
    if not missing:
        pytest.skip("every tracker is installed")
    with pytest.raises(SettingsError, match=f"{missing[0]} is not installed[\\s\\S]*pip install {missing[0]}"):
        open_tracker(missing[0], tmp_path)
    assert f"skillprobe_core.show.trackers.{missing[0]}" not in sys.modules


def test_the_help_and_the_readme_name_every_tracker() -> None:
    shown = CliRunner(env={"COLUMNS": "300"}).invoke(app, ["scores", "--help"]).stdout
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    for name in TRACKERS:
        assert name in shown
        assert name in readme.lower()
