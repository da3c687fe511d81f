"""nanotron's folders: only numbered folders with its files, complete with the last of them."""

from pathlib import Path

from skillprobe_core.runs.layouts.nanotron import LAYOUT


def test_a_number_alone_is_not_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    (tmp_path / "50" / "model").mkdir(parents=True)
    assert list(LAYOUT.find(tmp_path)) == []
    (tmp_path / "50" / "config.yaml").touch()
    (found,) = LAYOUT.find(tmp_path)
    assert (found.step, found.last_act().missing) == (50, "no checkpoint_metadata.json yet")
    (tmp_path / "50" / "checkpoint_metadata.json").write_text("{}")
    assert found.last_act().missing == "no model_config.json yet"
    (tmp_path / "50" / "model_config.json").write_text('{"a"')
    assert found.last_act().missing == "model_config.json is incomplete"
