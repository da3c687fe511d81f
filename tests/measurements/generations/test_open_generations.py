"""Notes on generations in progress: there while they run or were interrupted, gone when they are finished."""

from pathlib import Path

import pytest

from skillprobe_core.measurements.generations.open_generations import OpenGeneration, noted, open_generations


def of(step: int, protocol: str = "p") -> OpenGeneration:
    return OpenGeneration("m", step, protocol, "set", "{}", "log", ("a", "b"), 12)


def test_a_note_lasts_until_the_generation_is_finished(tmp_path: Path) -> None:
    with noted(tmp_path, of(20)), noted(tmp_path, of(10)), noted(tmp_path, of(10, "other")):
        assert open_generations(tmp_path) == [of(10, "other"), of(10), of(20)]
    assert open_generations(tmp_path) == []


def test_a_note_outlives_an_error_and_is_written_again(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), noted(tmp_path, of(10)):
            raise KeyboardInterrupt
        assert open_generations(tmp_path) == [of(10)]
    with noted(tmp_path, of(10)):
        pass
    assert open_generations(tmp_path) == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"model": "m", "prompts": []}', '{"prompts": 3}'])
def test_a_note_that_cannot_be_read_counts_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "open_generations").mkdir()
    (tmp_path / "open_generations" / "x.json").write_text(text)
    assert open_generations(tmp_path) == []
    assert open_generations(tmp_path / "nowhere") == []
