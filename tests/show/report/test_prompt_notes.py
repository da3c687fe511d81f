"""Notes on prompts: which template served, and warnings where two checkpoints are hard to compare."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings, PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.show.cli.main import app
from skillprobe_core.show.report.prompt_notes import comparison_warnings, prompts_used, warnings_for
from skillprobe_core.show.report.summary_table import summary

TEMPLATE = "{% for m in messages %}<{{ m['role'] }}> {{ m['content'] }}\n{% endfor %}<assistant> "
TABLES = (CHECKPOINTS, GENERATIONS, VERDICTS, SKILL_SCORES)


@pytest.fixture(scope="module")
def folders(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A base without a template and its checkpoint with one."""
    root = tmp_path_factory.mktemp("templates")
    base = Path(shutil.copytree(tiny_base, root / "base"))
    checkpoint = Path(shutil.copytree(tiny_run / "checkpoint-10", root / "checkpoint-10"))
    (checkpoint / "chat_template.jinja").write_text(TEMPLATE)
    return base, checkpoint


def evaluated(folders: tuple[Path, Path], store: Path, **prompts: object) -> Probe:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=8, kinds=("column_sum",)),
        prompts=PromptSettings(**prompts),
        sampling=SamplingSettings(max_new_tokens=3),
        compute=ComputeSettings(backend="transformers", device="cpu", dtype="float32"),
    )
    base = Checkpoint.in_folder("tuned", 0, folders[0], "base")
    tuned = Checkpoint.in_folder("tuned", 10, folders[1], "sft")
    probe = Probe(tuned, base, Project(settings, Store(store)))
    run_tables(probe, TABLES)
    return probe


@pytest.fixture(scope="module")
def own(folders: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Probe:
    return evaluated(folders, tmp_path_factory.mktemp("own"), template="own")


def notes(probe: Probe) -> tuple[list[str], list[str]]:
    store, digest = probe.store, probe.protocol.digest
    keys = [("tuned", 0), ("tuned", 10)]
    return prompts_used(store, digest, keys), warnings_for(store, digest, keys)


def rewritten(probe: Probe, store: Path, **columns: pl.Expr) -> Probe:
    """A copy of the store in which the checkpoint's generations and verdicts have other values."""
    copy = Store(Path(shutil.copytree(probe.store.root, store)))
    for table in (GENERATIONS, VERDICTS):
        part = Partition.checkpoint("tuned", 10, probe.protocol.digest)
        provenance = copy.provenance(table, part)
        assert provenance is not None
        there = {name: value for name, value in columns.items() if name in table.polars_schema}
        copy.write(table, part, copy.read(table, part).with_columns(**there), provenance)
    return Probe(probe.checkpoint, probe.base, Project(probe.settings, copy))


def test_own_templates_are_named_and_warned_about(own: Probe) -> None:
    used, warnings = notes(own)
    assert used == ["Prompts: each model's own chat template"]
    assert warnings[0].startswith("warning: formats differ: 8 of 8 prompts")


def test_the_shared_template_is_named_once_and_formats_agree(folders: tuple[Path, Path], tmp_path: Path) -> None:
    used, warnings = notes(evaluated(folders, tmp_path))
    assert used == [
        "Prompts: the chat template of tuned/10, the first checkpoint that was evaluated with this "
        "base, as the base has none"
    ]
    assert not [line for line in warnings if "formats differ" in line]


def test_reasoning_that_was_not_turned_on_is_warned_about(own: Probe, tmp_path: Path) -> None:
    thinking = rewritten(own, tmp_path / "thinking", reasoning=pl.lit("<think>so</think>"))
    (line,) = (line for line in notes(thinking)[1] if "reasoning" in line)
    assert "100% of tuned/10" in line
    assert "tuned/0" not in line
    assert not [line for line in notes(own)[1] if "reasoning" in line]


def test_other_shares_of_finished_completions_are_warned_about_with_bounds(own: Probe, tmp_path: Path) -> None:
    assert not [line for line in notes(own)[1] if "unfinished" in line]
    ended = rewritten(own, tmp_path / "ended", ending=pl.lit("ended"))
    (line,) = (line for line in notes(ended)[1] if "unfinished" in line)
    assert "finished 0% to 100%" in line
    assert line.endswith("tuned/10: no finished completion, [0.00, 1.00] over all")


def test_the_summary_shows_accuracy_among_finished_completions(own: Probe) -> None:
    rows = summary(own.store, own.protocol.digest, [("tuned", 0)])
    assert rows["finished"][0] == "- of 0% [0.00, 1.00]"


def test_a_store_without_these_rows_has_no_notes(own: Probe, tmp_path: Path) -> None:
    assert comparison_warnings(Store(tmp_path), own.protocol.digest, ("a", 0), ("a", 1)) == []
    assert prompts_used(Store(tmp_path), own.protocol.digest, [("a", 0)]) == []


def test_compare_begins_with_the_warning(own: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(own.store.root))
    (own.store.root / "skillprobe.toml").write_text('[prompts]\ntemplate = "own"\n')
    shown = CliRunner().invoke(app, ["compare", "base", "tuned@10"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith("warning: formats differ")
