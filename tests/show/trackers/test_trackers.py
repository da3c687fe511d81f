"""What a tracker was told is read back out of its own files."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.show.trackers import TRACKERS, open_tracker


def test_what_is_not_there_is_refused_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="tensorboard, wandb, mlflow, trackio"):
        open_tracker("notepad", tmp_path)
    missing = [name for name in TRACKERS if find_spec(name) is None]
    if not missing:
        pytest.skip("every tracker is installed")
    with pytest.raises(SettingsError, match=f"{missing[0]} is not installed[\\s\\S]*pip install {missing[0]}"):
        open_tracker(missing[0], tmp_path)
    assert f"skillprobe_core.show.trackers.{missing[0]}" not in sys.modules
