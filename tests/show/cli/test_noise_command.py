"""`skillprobe noise` names the checkpoint as `probe` does."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.show.cli.main import app


def test_the_command_names_the_checkpoint_as_probe_does(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "skillprobe.toml").write_text(
        '[items]\nlevels = [1]\nkinds = ["column_sum"]\n[sampling]\nmax_new_tokens = 3\n'
    )
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    told = CliRunner().invoke(
        app, ["noise", str(tiny_run / "checkpoint-10"), "--per-level", "1"], catch_exceptions=False
    )
    assert "tiny-sft/10: 1 items" in told.stdout
    store = Store(tmp_path)
    part = Partition.checkpoint("tiny-sft", 10, current_protocol(store).protocol)
    assert store.read(NOISE_FLOOR, part).height >= 8
