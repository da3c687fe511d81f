"""The section [scratch]."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from skillprobe_core.project.settings import parsed_settings
from skillprobe_core.runs.scratch_settings import ScratchSettings


def test_sizes_are_in_gigabytes_and_the_store_has_the_folder_by_default(tmp_path: Path) -> None:
    found = ScratchSettings(gigabytes=1.5, free_gigabytes=0.25, convert_seconds=9).scratch(tmp_path)
    assert (found.folder, found.most, found.free, found.seconds) == (
        tmp_path / "weights",
        1_500_000_000,
        250_000_000,
        9,
    )


def test_a_relative_folder_starts_at_the_settings_file(tmp_path: Path) -> None:
    settings = parsed_settings(b'[scratch]\nfolder = "../big"\npin = "copy"\n', tmp_path / "home" / "skillprobe.toml")
    assert settings.scratch.scratch(tmp_path / "other").folder == tmp_path / "big"
    assert settings.scratch.pin == "copy"


@pytest.mark.parametrize("wrong", [{"pin": "move"}, {"gigabytes": -1}, {"convert_seconds": 0}, {"size": 3}])
def test_other_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ScratchSettings.model_validate(wrong)
