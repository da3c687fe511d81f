"""`skillprobe protocols`: each protocol of the store, the current one marked."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol, current_protocol, record
from skillprobe_core.models.prompts import TEMPLATE_RULES
from skillprobe_core.show.cli.main import app


def run() -> str:
    return CliRunner().invoke(app, ["protocols"], catch_exceptions=False).stdout


def test_each_is_listed_with_its_checkpoints_and_the_current_one_has_a_star(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(Path(shutil.copytree(study.root, tmp_path / "store")))
    monkeypatch.setenv("SKILLPROBE_HOME", str(store.root))
    first = current_protocol(store)
    other = Protocol(first.item_set, "2 shots of seed 0", TEMPLATE_RULES["shared"], "{}", 8)
    record(store, other, "few shots", "1" * 16, items_of_set(store, first.item_set))
    shown = run()
    assert f"* {first.protocol}  planted" in shown
    assert f"  {other.digest}  few shots" in shown
    assert "8 checkpoints, recorded" in shown
    assert "0 checkpoints, recorded" in shown
    assert "items of level 1 (item set" in shown


def test_an_empty_store_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    with pytest.raises(StoreError, match="no results yet"):
        run()
