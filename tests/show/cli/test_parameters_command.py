"""`skillprobe parameters` on a probed checkpoint."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.parameters.elementwise_stats import elementwise_stats
from skillprobe_core.measurements.parameters.elementwise_stats_table import ELEMENTWISE_STATS
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.runs.weights import open_weights
from skillprobe_core.show.cli.main import app, main


@pytest.fixture
def home(tmp_path: Path, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    sides = [open_weights(folder) for folder in (tiny_base, tiny_run / "checkpoint-10")]
    frame = parameter_stats(*sides, model="tiny", step=10)
    Store(tmp_path).write(PARAMETER_STATS, Partition.checkpoint("tiny", 10), frame, Provenance("1", "1"))
    return tmp_path


def run(*arguments: str) -> str:
    return CliRunner().invoke(app, ["parameters", *arguments], catch_exceptions=False).stdout


def test_by_component_by_layer_and_as_a_whole(home: Path) -> None:
    components = run("tiny@10")
    assert "attention_q" in components
    assert "sparsity_relative" in components
    assert len(run("tiny@10", "--by", "layer").splitlines()) > len(run("tiny/10", "--by", "model").splitlines())
    assert "q_proj" in run("tiny@10", "--by", "tensor", "--measure", "alpha", "--measure", "dtype")


def test_every_measure_goes_to_a_file(home: Path) -> None:
    for name in ("moved.csv", "moved.parquet"):
        file = home / name
        assert "rows" in run("tiny@10", "--out", str(file))
        rows = pl.read_csv(file) if name.endswith("csv") else pl.read_parquet(file)
        assert {"delta_kurtosis", "within_1e_5", "principal_overlap_chance", "intruder_energy"} <= set(rows.columns)
        assert rows.filter(component="embedding").height == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tiny"], "is not a checkpoint"),
        (["tiny@10", "--compared-with", "previous"], "was not compared with"),
        (["tiny@10", "--measure", "vibes"], "unknown measure vibes"),
        (["tiny@99"], "has no rows for"),
    ],
)
def test_what_is_not_there_is_said(
    home: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["skillprobe", "parameters", *arguments])
    with pytest.raises(SystemExit):
        main()
    assert message in capsys.readouterr().err


def test_before_the_spectra_are_there_the_elementwise_measures_are_shown(
    home: Path, tiny_base: Path, tiny_run: Path
) -> None:
    measures = ("--by", "model", "--measure", "relative_norm", "--measure", "alpha")
    complete = CliRunner().invoke(app, ["parameters", "tiny@10", *measures], catch_exceptions=False)
    sides = [open_weights(folder) for folder in (tiny_base, tiny_run / "checkpoint-10")]
    frame = elementwise_stats(*sides, model="early", step=10)
    Store(home).write(ELEMENTWISE_STATS, Partition.checkpoint("early", 10), frame, Provenance("1", "1"))
    early = CliRunner().invoke(app, ["parameters", "early@10", *measures], catch_exceptions=False)
    assert "spectra of this checkpoint were not computed yet" in early.stderr
    assert complete.stderr == ""
    norm = complete.stdout.split()[-2]
    assert norm in early.stdout
