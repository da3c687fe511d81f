"""Whatever a checkpoint's content raises is its own failure, in one line with a remedy, and stops no other."""

import json
import re
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from skillprobe_core import extras
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, SettingsError, one_line
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.failures import own_failure
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watch_runs import evaluate as watch_one
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.run_settings import RunSettings

Spoil = Callable[[Path], None]


def templates(text: str) -> Spoil:
    return lambda folder: (folder / "chat_template.jinja").write_text(text) and None


def named_templates_without_default(folder: Path) -> None:
    (folder / "additional_chat_templates").mkdir()
    for name in ("rag", "tools"):
        (folder / "additional_chat_templates" / f"{name}.jinja").write_text("{{ messages[0].content }}")


def a_token_beyond_the_embedding(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{n}|>" for n in range(40)] + ["<|turn|>"]})
    tokenizer.chat_template = "{% for m in messages %}<|turn|>{{ m.content }}{% endfor %}"
    tokenizer.save_pretrained(folder)


def an_end_token_beyond_the_embedding(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"eos_token": "<|finis|>"})
    tokenizer.save_pretrained(folder)


def an_empty_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"] = torch.empty(0)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def a_config_that_nests_too_deeply(folder: Path) -> None:
    (folder / "config.json").write_text("[" * 100_000)


def a_config_of_other_types(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_attention_heads": "two", "architectures": 7}))


def a_tokenizer_that_is_damaged(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": 3}')


SPOILT = {
    "raises": (templates("{{ raise_exception('a system message?') }}"), r"chat_template\.jinja.*a system message\?"),
    "syntax": (templates("{% for %}"), r"chat_template\.jinja.*TemplateSyntaxError"),
    "filter": (templates("{{ messages | nosuchfilter }}"), r"chat_template\.jinja.*nosuchfilter"),
    "undefined": (templates("{{ nothing.at.all }}"), r"chat_template\.jinja.*undefined"),
    "division": (templates("{{ 1 / 0 }}"), r"chat_template\.jinja.*ZeroDivisionError"),
    "recursion": (templates("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"), r"chat_template\.jinja.*Recursion"),
    "named": (named_templates_without_default, r"rag.*tools.*chat_template\.jinja"),
    "token": (a_token_beyond_the_embedding, r"token \d+, '<\|turn\|>'.*resize_token_embeddings"),
    "end token": (an_end_token_beyond_the_embedding, r"'<\|finis\|>'"),
    "empty": (an_empty_tensor, r"model\.safetensors.*up_proj\.weight' is empty.*zero_to_fp32"),
    "nesting": (a_config_that_nests_too_deeply, r"config\.json: .*too deeply"),
    "types": (a_config_of_other_types, r"config\.json: `architectures` is 7"),
    "tokenizer": (a_tokenizer_that_is_damaged, r"tokenizer"),
}


def test_each_failed_run_gives_folder_cause_and_remedy_and_the_next_one_is_evaluated(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    runs = [RunSettings(folder=tiny_run, base=tiny_base, model="good")]
    for kind, (spoil, _) in SPOILT.items():
        bad = shutil.copytree(tiny_base, tmp_path / kind)
        spoil(bad)
        runs.append(RunSettings(folder=tiny_run, base=bad, model=kind.replace(" ", "-")))
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
        sampling=SamplingSettings(max_new_tokens=2),
        settle_seconds=0,
        runs=tuple(runs),
    )
    project = Project(settings, Store(tmp_path / "home"))
    for run, (_, expected) in zip(runs[1:], SPOILT.values(), strict=True):
        failed = watch_one(project, f"{run.model}/0")
        assert failed.key == f"{run.model}/0"
        assert failed.error is not None, run.model
        line = one_line(failed.error)
        assert str(run.base) in line
        assert "Remedy: " in line
        assert re.search(expected, line), run.model
    assert watch_one(project, "good/0").error is None


def test_a_tokenizer_with_more_tokens_than_rows_is_fine_while_nothing_uses_them(
    tmp_path: Path, tiny_base: Path
) -> None:
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{n}|>" for n in range(40)]})
    tokenizer.save_pretrained(folder)
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
        sampling=SamplingSettings(max_new_tokens=2),
        runs=(RunSettings(folder=tmp_path, base=folder, model="m"),),
    )
    project = Project(settings, Store(tmp_path / "home"))
    for stage in ("checkpoints", "generations"):
        run_table(table_named(stage), project.probe("m/0"))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no\nsecond line"), IndexError("index out of range in self"), KeyError("x"), RecursionError(),
        MemoryError(), OSError(5, "Input/output error", "/x"), UnicodeDecodeError("utf-8", b"x", 0, 1, "no"),
        RuntimeError("CUDA out of memory"), TypeError(), AssertionError(), StopIteration(), ZeroDivisionError("d"),
        AttributeError("has no attribute 'batch_select_indices'"), NotImplementedError(), Exception("bare"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_any_exception_becomes_one_line_and_its_traceback_is_kept(error: Exception, tmp_path: Path) -> None:
    store, checkpoint = Store(tmp_path), Checkpoint.in_folder("m", 3, Path("/run/checkpoint-3"), "sft")
    with pytest.raises(CheckpointError) as caught, own_failure(store, checkpoint, "generations"):
        raise error
    line = one_line(caught.value)
    assert line.startswith("/run/checkpoint-3: generations failed with ")
    assert type(error).__name__ in line
    assert "\n" not in line
    (log,) = (tmp_path / "_work" / "failures").iterdir()
    assert str(log) in line
    assert "Traceback" in log.read_text()
    assert caught.value.__cause__ is error


def test_errors_that_are_meant_for_the_user_stay_as_they_are(tmp_path: Path) -> None:
    error = SettingsError("wrong", remedy="correct it")
    with (
        pytest.raises(SettingsError) as caught,
        own_failure(Store(tmp_path), Checkpoint.in_folder("m", 0, tmp_path, "base"), "generations"),
    ):
        raise error
    assert caught.value is error
    assert not list(tmp_path.iterdir())


def test_a_package_that_is_missing_is_no_failure_of_the_checkpoint(
    tmp_path: Path, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(extras.PACKAGES, "gguf", ("skillprobe_absent",))
    checkpoint = Checkpoint.in_folder("m", 0, tiny_base, "base")
    store = Store(tmp_path)
    with pytest.raises(SettingsError, match=r"pip install 'skillprobe\[gguf\]'"), own_failure(store, checkpoint, "it"):
        import_module("skillprobe_absent")
    assert not store.work("failures").exists()
