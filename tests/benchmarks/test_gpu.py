"""`python -m benchmarks gpu` on a model of one layer: every stage, the sums, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks._random_models import SHAPES
from benchmarks._stage_report import BEHAVIOUR, SPECTRA
from benchmarks.gpu import Lines, Plan, _ends_on_signals, benchmark, main
from skillprobe_core.measurements.table_registry import tables_of_checkpoints
from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from tests.benchmarks.copied_benchmarks import ROOT
from tests.cuda_device import NO_GPU

NAMES = ("base", "first", "second")
MICRO = replace(
    SHAPES["tiny"], name="micro", layers=1, hidden=32, intermediate=64, heads=2, kv_heads=1, head_dim=16,
    vocabulary=8192, tokens=600, kinds=("column_sum",), max_new_tokens=4, compared_tokens=32,
)  # fmt: skip


class Run:
    """The text and the JSON lines of one run, and what was in its folder at the end."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        place = folder / "models"
        place.mkdir()
        file = folder / "figures.jsonl"
        before, tempfile.tempdir = tempfile.tempdir, str(place)
        try:
            self.text = benchmark(plan, Lines(file))
        finally:
            tempfile.tempdir = before
        self.rows = [json.loads(line) for line in file.read_text().splitlines()]
        self.stages = [row for row in self.rows if "fetched_bytes" in row]
        self.left = list(place.glob("skillprobe-*"))

    def seconds(self, checkpoint: str) -> dict[str, float]:
        """Seconds of a checkpoint's stages, in order."""
        found = {row["name"]: row["skillprobe"] for row in self.stages if row["name"].startswith(f"{checkpoint}/")}
        return {name.partition("/")[2]: each for name, each in found.items()}


@pytest.fixture(scope="module", params=["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])])
def micro(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    device = torch.empty(0, device=request.param).device
    return Run(tmp_path_factory.mktemp("gpu"), Plan(MICRO, device))


def test_every_table_of_a_probe_is_a_stage_and_spectra_come_last(micro: Run) -> None:
    optional = {"option_likelihoods", "twin_answers", "calibration", "token_divergence", "readings", "format_shares"}
    tables = {table.name for table in tables_of_checkpoints()} - optional
    for name in NAMES:
        stages = list(micro.seconds(name))
        assert tables < set(stages)
        assert stages[0] == "discovery"
        assert stages[-1] == "parameter_stats"
        assert stages[-2] == ("base_spectra" if name == "base" else "elementwise_stats")
        assert all(seconds > 0 for seconds in micro.seconds(name).values())


def test_sums_are_those_of_the_stages(micro: Run) -> None:
    found = {row["name"]: row["skillprobe"] for row in micro.rows if "missing" not in row}
    for name in NAMES:
        seconds = micro.seconds(name)
        stages = list(seconds)
        verdict = sum(seconds[each] for each in stages[: stages.index("profile_tests") + 1])
        assert found[f"{name}/{BEHAVIOUR}"] == pytest.approx(verdict)
        assert found[f"{name}/{SPECTRA}"] == pytest.approx(sum(seconds.values()))


def test_tokens_are_those_of_the_answers(micro: Run) -> None:
    rows = {row["name"]: row for row in micro.rows if row["name"].endswith("/generations")}
    assert 1 <= rows["second/generations"]["tokens"] <= MICRO.max_new_tokens
    for row in rows.values():
        assert row["tokens_per_second"] == pytest.approx(row["tokens"] / row["skillprobe"])


def test_the_weights_of_a_checkpoint_are_fetched_once(micro: Run) -> None:
    for name in NAMES:
        fetched = [row["fetched_bytes"] for row in micro.stages if row["name"].startswith(f"{name}/")]
        if None in fetched:
            pytest.skip("this file system keeps its pages")
        # The kernel reads ahead where the header of another checkpoint is read.
        assert MICRO.weight_bytes <= sum(fetched) < 1.4 * MICRO.weight_bytes


def test_memory_is_measured_or_said_not_to_be(micro: Run) -> None:
    on_device = all(row["allocated_bytes"] is not None and row["used_bytes"] > 0 for row in micro.stages)
    assert on_device == ("device memory: not measured" not in micro.text)
    assert all(row["host_bytes"] > 0 for row in micro.stages)


def test_the_temporary_folder_is_removed(micro: Run) -> None:
    assert micro.left == []


def test_text_has_all_tables(micro: Run) -> None:
    for part in ("Shape micro", "The second checkpoint (warm)", BEHAVIOUR, "checkpoints per hour", "plain torch"):
        assert part in micro.text


@pytest.mark.skipif(vllm_is_installed(), reason="vLLM is installed")
def test_without_vllm_the_option_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--vllm", "--device", "cpu"]) == 1
    assert "vLLM is not installed in this environment\n  Remedy: leave --vllm out" in capsys.readouterr().err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--device", "cuda"]) == 1
    assert "use --device cpu" in capsys.readouterr().err


def test_a_termination_signal_leaves_the_block_like_ctrl_c() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), _ends_on_signals():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_removes_everything(tmp_path: Path, sent: signal.Signals) -> None:
    command = [sys.executable, "-m", "benchmarks", "gpu", "--device", "cpu"]
    run = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True
    )
    while run.poll() is None and not list(tmp_path.glob("skillprobe-gpu-*/store")):
        time.sleep(0.05)
    run.send_signal(sent)
    assert "interrupted" in run.communicate()[1]
    assert run.returncode == 130
    assert not list(tmp_path.glob("skillprobe-gpu-*"))


@pytest.mark.slow
def test_the_tiny_shape_runs_from_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "figures.jsonl"
    command = [sys.executable, "-m", "benchmarks", "gpu", "--shape", "tiny", "--device", "cpu", "--json", str(file)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "Shape tiny: 918,272 weights" in ended.stdout
    assert len(file.read_text().splitlines()) > 30
