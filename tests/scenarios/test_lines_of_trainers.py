"""Each line of the table in docs/trainers.md, on a folder of its trainer, and the page's calls for training loops."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from skillprobe_core.engine.store import Partition
from skillprobe_core.measurements.training.training_metrics_table import TRAINING_METRICS
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.project import Project
from skillprobe_core.project.watch_runs import watched_project
from skillprobe_core.project.watching import look, plan
from skillprobe_core.show.cli.main import app
from tests.runs.layouts.hub_server import REPOSITORY, served
from tests.runs.layouts.saves import Save, all_saves
from tools.real_saves.bases import write_base
from tools.real_saves.recording import Recording

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "recorded_saves"
PAGE = (ROOT / "docs" / "trainers.md").read_text()
TABLE = PAGE.partition("## What to set")[2].partition("\n## ")[0]
LINES = {
    cells[0].strip(): re.findall(r"`skillprobe ([^`]+)`", cells[2])[0]
    for cells in (row.strip("|").split(" | ") for row in TABLE.splitlines()[4:] if row.startswith("|"))
}
SETTINGS = """
settle_seconds = 0
[scratch]
free_gigabytes = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
"""

# The trainer's own save, recorded, or the layout and the number of a save that follows its source.
SAVES: dict[str, str | tuple[str, int]] = {
    "Hugging Face Trainer, TRL": "trainer_model",
    "DeepSpeed (in a Trainer)": "trainer_model",
    "PEFT": "trainer_adapter",
    "axolotl": "trainer_model",
    "LLaMA-Factory": ("llama_factory", 0),
    "unsloth": "unsloth_adapter",
    "verl": "verl_hf_model",
    "OpenRLHF": ("openrlhf", 0),
    "NeMo-RL": ("nemo_rl", 0),
    "NeMo Automodel": ("nemo_automodel", 0),
    "prime-rl": ("prime_rl", 0),
    "open-instruct": ("open_instruct", 0),
    "torchtune": "torchtune_full",
    "torchtitan": "torchtitan_dcp",
    "nanotron": ("nanotron", 0),
    "Megatron-LM, Megatron-Bridge": ("megatron", 0),
    "mlx-lm": "mlx_adapter",
    "any other": ("torchtune", 1),
}
# Rows whose folder is not a trainer's.
APART = {"revisions of a hub repository", "any loop of your own"}


@dataclass(frozen=True)
class Line:
    """A line with its folder, its base and its words, in which places are named as in the page."""

    words: list[str]
    folder: Path
    base: Path

    @property
    def arguments(self) -> list[str]:
        """The words with the folder and the base in place of their names."""
        command, _, *words = self.words
        return [command, str(self.folder), *(str(self.base) if word.startswith("BASE") else word for word in words)]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> dict[bool, Path]:
    """The base of the recorded saves, and of the others."""
    return {True: write_base(tmp_path_factory.mktemp("recorded") / "base"), False: tiny_base}


@pytest.fixture(scope="module")
def described(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Save]:
    return all_saves(tiny_run / "checkpoint-10", tmp_path_factory.mktemp("parts"))


@pytest.fixture
def line_of(tmp_path: Path, bases: dict[bool, Path], described: list[Save]) -> Callable[[str], Line]:
    """Writes a trainer's folder and returns its line for it."""

    def made(trainer: str) -> Line:
        run, source = tmp_path / "exp", SAVES[trainer]
        run.mkdir()
        if isinstance(source, str):
            recording = Recording.read(RECORDED / f"{source}.zip")
            for _ in recording.replayed(run):
                pass
            run /= recording.description["run"]
        else:
            for act in [save for save in described if save.layout == source[0]][source[1]].acts:
                act(run)
        words = shlex.split(LINES[trainer].replace("--model NAME", "--model titan").replace("--step N", "--step 30"))
        if trainer == "DeepSpeed (in a Trainer)":
            with_state = run / "checkpoint-30" / "global_step30"
            with_state.mkdir()
            (with_state / "zero_pp_rank_0_mp_rank_00_model_states.pt").touch()
        if trainer == "PEFT":
            (run / "checkpoint-30" / "trainer_state.json").unlink()
            run = run / "checkpoint-30"
        return Line(words, run, bases[isinstance(source, str)])

    return made


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def planned(line: Line) -> list[tuple[int, bool]]:
    """Steps that `watch` would evaluate of a line, each with True if it is the base's, without evaluating them."""
    name, *arguments = line.arguments
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    with click.Context(command):
        given = command.make_context(name, arguments).params
    project = watched_project(
        Project.open(), Path(given["folder"]), given["base"], model=given["model"], method=given["method"]
    )
    made = plan(look(project), {}, settle_seconds=0, once=True)
    assert not made.problems
    steps = [int(request.key.rpartition("/")[2]) for request in made.requests]
    return [(step, step == 0) for step in steps]


def test_every_row_has_a_folder_here() -> None:
    assert set(LINES) == set(SAVES) | APART


@pytest.mark.parametrize(
    "trainer", [pytest.param(name, marks=pytest.mark.slow if name == "PEFT" else ()) for name in SAVES]
)
def test_a_trainers_line_finds_its_checkpoint(trainer: str, line_of: Callable[[str], Line]) -> None:
    line = line_of(trainer)
    if line.words[0] == "watch":
        assert planned(line) == [(0, True), (30, False)]
        return
    dry = line.words[0] == "probe"
    result = CliRunner().invoke(app, [*line.arguments, *(["--dry-run"] if dry else [])])
    assert result.exit_code == 0, result.output
    expected = ("exp/30  generations",) if dry else ("1 unreadable", 'convert = "')
    assert all(part in result.output for part in expected), result.output


@pytest.mark.slow
@pytest.mark.parametrize("trainer", [name for name in SAVES if not LINES[name].startswith("layouts")])
def test_a_trainers_line_evaluates_its_checkpoint(trainer: str, line_of: Callable[[str], Line]) -> None:
    line = line_of(trainer)
    once = ["--once"] if line.words[0] == "watch" else []
    result = CliRunner().invoke(app, [*line.arguments, *once])
    assert result.exit_code == 0, result.output
    project = Project.open()
    steps = project.store.scan(VERDICTS).collect()["step"]
    assert set(steps) >= {30}


def test_the_line_of_a_hub_repository_finds_its_revision(
    tmp_path: Path, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants, snapshot_download

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with served({"step1000": tiny_run / "checkpoint-10"}) as hub:
        snapshot_download(
            REPOSITORY, revision="step1000", cache_dir=tmp_path / "hub", endpoint=hub.endpoint, token=False
        )
    (folder,) = (tmp_path / "hub").glob("models--*")
    words = shlex.split(LINES["revisions of a hub repository"])
    assert planned(Line(words, folder, tiny_base)) == [(0, True), (1000, False)]


def blocks() -> dict[str, str]:
    """The page's Python code by the trainer that it is for."""
    section = PAGE.partition("## Marks from the training loop")[2].partition("\n## ")[0]
    with_trainer, in_a_loop = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return {"trainer": with_trainer, "loop": in_a_loop}


def test_a_loop_that_marks_its_checkpoints_needs_no_base_on_the_line(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    run = tmp_path / "run"
    saved = shutil.copytree(tiny_run / "checkpoint-10", run / "weights of 10")
    (saved / "trainer_state.json").unlink()
    names = {"folder": saved, "step": 10, "run_folder": run, "base": tiny_base, "seed": 3, "loss": 0.5, "reward": 0.25}
    exec(compile(blocks()["loop"], "docs/trainers.md", "exec"), names)
    words = shlex.split(LINES["any loop of your own"])
    assert planned(Line(words, run, tiny_base)) == [(0, True), (10, False)]


def test_a_loop_runs_where_skillprobe_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skillprobe", None)
    names = {"folder": tmp_path, "step": 10, "run_folder": tmp_path, "base": "b", "seed": 3, "loss": 0.5, "reward": 1}
    exec(compile(blocks()["loop"], "docs/trainers.md", "exec"), names)
    assert not (tmp_path / "skillprobe_ready").exists()


@pytest.mark.slow
def test_a_trainer_with_the_callback_is_evaluated_with_its_loss(
    tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, Trainer, TrainingArguments

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")
    arguments = TrainingArguments(
        output_dir=str(tmp_path / "run"), save_steps=2, max_steps=4, logging_steps=1, report_to=[], use_cpu=True,
        per_device_train_batch_size=1, disable_tqdm=True, save_total_limit=1,
    )  # fmt: skip
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(tiny_base), args=arguments,
        train_dataset=Dataset.from_list([{"input_ids": [5, 6, 7], "labels": [5, 6, 7]}] * 4),
        processing_class=AutoTokenizer.from_pretrained(tiny_base),
    )  # fmt: skip
    exec(compile(blocks()["trainer"], "docs/trainers.md", "exec"), {"trainer": trainer})
    trainer.train()
    result = CliRunner().invoke(app, ["watch", str(tmp_path / "run"), "--base", str(tiny_base), "--once"])
    assert result.exit_code == 0, result.output
    metrics = Project.open().store.read(TRAINING_METRICS, Partition.checkpoint("run", 4, None))
    assert "loss" in set(metrics["metric"])
