"""A store with small settings, and what lies in it."""

from pathlib import Path

import pytest

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "energy_levels", "contradiction"]
[sampling]
max_new_tokens = 4
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store's folder that no environment variable names."""
    monkeypatch.delenv("SKILLPROBE_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "skillprobe.toml").write_text(SETTINGS)
    return folder
