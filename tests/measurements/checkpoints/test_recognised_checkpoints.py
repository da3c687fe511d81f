"""A checkpoint that was divided into other files after it was evaluated keeps its results."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM
from typer.testing import CliRunner, Result

from skillprobe_core.measurements.generations import generate_rows as generate_module
from skillprobe_core.runs import weight_bytes
from skillprobe_core.runs.identity import identity
from skillprobe_core.show.cli.main import app

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "contradiction"]
[sampling]
max_new_tokens = 4
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all tests: a store knows a run by its folder."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = place / "home"
    home.mkdir()
    (home / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    yield home
    shutil.rmtree(home)


@pytest.fixture
def run(tiny_run: Path, place: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(tiny_run, place / "run", ignore=shutil.ignore_patterns("checkpoint-20")))
    shutil.rmtree(place / "run")


@pytest.fixture
def base(tiny_base: Path, place: Path) -> Iterator[Path]:
    yield Path(shutil.copytree(tiny_base, place / "base"))
    shutil.rmtree(place / "base")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The weight files that are read for a digest."""
    files: list[Path] = []
    real = weight_bytes._read

    def counted(file: Path, *more):  # type: ignore[no-untyped-def]
        files.append(file)
        return real(file, *more)

    monkeypatch.setattr(weight_bytes, "_read", counted)
    return files


@pytest.fixture
def tables(home: Path, run: Path, base: Path, reads: list[Path], place: Path) -> int:
    """The number of tables of a first probe, which the first test makes; its results are in the store."""
    kept = place / "kept"
    if not kept.exists():
        for folder in (run / "checkpoint-10", base):
            settle(folder)
        first = probe(run / "checkpoint-10", "--base", base)
        files = sorted([base / "model.safetensors", run / "checkpoint-10" / "model.safetensors"])
        assert sorted(reads) == files, "one read of each new checkpoint"
        (home / "tables").write_text(str(len(tables_of(first))))
        shutil.copytree(home, kept)
    shutil.copytree(kept, home, dirs_exist_ok=True)
    return int((kept / "tables").read_text())


def probe(*arguments: object) -> Result:
    given = ["probe", *(str(argument) for argument in arguments)]
    return CliRunner().invoke(app, given, catch_exceptions=False)


def tables_of(result: Result) -> list[str]:
    """The lines of a probe's output that name a table."""
    return [line for line in result.stdout.splitlines() if line.startswith("  run/")]


def reshard(folder: Path, **options: object) -> None:
    """Save the same weights again in shards, in the same place, over an hour ago."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype="auto")
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="40KB", **options)
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    settle(folder)


def settle(folder: Path) -> None:
    hour_ago = time.time() - 3600
    for file in folder.iterdir():
        os.utime(file, (hour_ago, hour_ago))


def stored_row(home: Path, step: int) -> dict[str, object]:
    (file,) = home.glob(f"checkpoints/model=run/step={step}/*.parquet")
    return pl.read_parquet(file, hive_partitioning=False).row(0, named=True)


def test_every_result_of_a_resharded_checkpoint_and_base_is_reused(
    home: Path, run: Path, base: Path, tables: int, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = run / "checkpoint-10"
    before = stored_row(home, 10)
    assert before["digest"] == identity(checkpoint).digest
    for folder in (checkpoint, base):
        reshard(folder)
    assert identity(checkpoint).digest != before["digest"]

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("the checkpoint was evaluated again")

    monkeypatch.setattr(generate_module, "generate", refused)
    again = probe(checkpoint, "--base", base)
    assert len(tables_of(again)) == tables > 0
    assert all(line.endswith("reused") for line in tables_of(again))
    assert stored_row(home, 10) == before

    reads.clear()
    probe(checkpoint, "--base", base)
    assert reads == [], "what was recognised is recorded"


@pytest.mark.usefixtures("tables")
def test_other_weights_in_the_same_shards_are_evaluated(home: Path, run: Path, base: Path) -> None:
    """A damaged row of another model does not stop the search."""
    other = home / "checkpoints" / "model=other" / "step=0"
    other.mkdir(parents=True)
    (other / "part.parquet").write_bytes(b"not a table")
    checkpoint = run / "checkpoint-10"
    before = stored_row(home, 10)
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    with torch.no_grad():
        model.model.norm.weight[0] += 1
    (checkpoint / "model.safetensors").unlink()
    model.save_pretrained(checkpoint, max_shard_size="40KB")
    probe(checkpoint, "--base", base)
    after = stored_row(home, 10)
    assert after["digest"] == identity(checkpoint).digest != before["digest"]
    assert after["tensors_digest"] != before["tensors_digest"]


@pytest.mark.usefixtures("tables")
def test_other_settings_of_the_model_are_not_the_same_model(home: Path, run: Path, base: Path) -> None:
    checkpoint = run / "checkpoint-10"
    before = stored_row(home, 10)
    reshard(checkpoint)
    config = checkpoint / "config.json"
    config.write_text(config.read_text().replace("{", '{"rope_theta": 5.0,', 1))
    probe(checkpoint, "--base", base)
    after = stored_row(home, 10)
    assert after["digest"] == identity(checkpoint).digest
    assert after["tensors_digest"] == before["tensors_digest"]


def test_an_adapter_of_a_resharded_base_keeps_its_results(home: Path, base: Path, tmp_path: Path) -> None:
    adapter = tmp_path / "run" / "checkpoint-10"
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(r=2, target_modules=["q_proj"]))
    adapted.save_pretrained(adapter)
    first = probe(adapter, "--base", base)
    before = stored_row(home, 10)
    reshard(base)
    again = probe(adapter, "--base", base)
    assert len(tables_of(again)) == len(tables_of(first)) > 0
    assert all(line.endswith("reused") for line in tables_of(again))
    assert stored_row(home, 10) == before
