"""The example notebook runs from its first cell to its last on a store with results."""

import importlib.util
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store

NOTEBOOK = Path(__file__).parents[2] / "examples" / "explore.py"


def test_the_notebook_runs(study: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("marimo", reason="marimo is not installed: pip install 'skillprobe[notebook]'")
    monkeypatch.setenv("SKILLPROBE_HOME", str(study.root))
    spec = importlib.util.spec_from_file_location("explore", NOTEBOOK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, defined = module.app.run()
    assert defined["model"].value == "planted-sft"
    assert defined["skills"]["model"].unique().sort().to_list() == ["planted-rl", "planted-sft"]
    assert defined["forgotten"].filter(skill="simulation", domain="science").height > 5
    assert {line.name for line in defined["trajectories"].data} == {"planted-rl", "planted-sft"}
    assert defined["points"].height == 6
