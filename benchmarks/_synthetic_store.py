"""A store of many checkpoints with made-up values, in the real tables' schemas.

All checkpoints of a run differ from their base as trained ones do: a quarter of the items change their verdict, and
neighbouring checkpoints agree in most of them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.table import PROTOCOL, Column, Table
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.divergence.representation_shift_table import REPRESENTATION_SHIFT
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import Protocol, record
from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.prompts import TEMPLATE_RULES

LAYERS = 28
WEIGHTS = ("attention_q", "attention_k", "attention_v", "attention_o", "mlp_gate", "mlp_up", "mlp_down")
"""Components of a layer's matrices: 28 layers of them are a model of 7B parameters."""

_WORDS = 60
_EVERY = 100


def write_store(
    root: Path,
    *,
    runs: int,
    steps: int,
    levels: Sequence[int] = (1, 2, 3),
    per_level: int = 12,
    kinds: int | None = None,
) -> Store:
    """Write a store of some runs of one base, half of them of method sft and half of rl.

    Args:
        root: The store's folder.
        runs: Number of models.
        steps: Number of checkpoints of each, its base not counted.
        levels: Levels of the items.
        per_level: Items per kind and level.
        kinds: Number of kinds (default: all).

    Returns:
        The store, with eight tables per checkpoint.
    """
    store = Store(root)
    items = build_item_set(KINDS[:kinds], levels=levels, per_level=per_level)
    item_set = str(items["item_set"][0])
    store.write(ITEMS, Partition.item_set(item_set), items, _made("items"))
    protocol = Protocol(item_set, "0 shots", TEMPLATE_RULES["shared"], "{}", 512)
    record(store, protocol, "synthetic", "0" * 16, items)
    shared = _shared_rows(items)
    for number in range(runs):
        model = f"run{number:03}-{'rl' if number % 2 else 'sft'}"
        for place, verdicts in enumerate(_verdicts(items, model, number, steps)):
            step = place * _EVERY
            part = Partition.checkpoint(model, step, protocol.digest)
            named = [pl.lit(model).alias("model"), pl.lit(step, pl.Int64).alias("step")]
            frames = {table: frame.with_columns(named) for table, frame in shared.items()}
            drift = pl.col("forward_kl") * place
            frames[LOGIT_DIVERGENCE] = frames[LOGIT_DIVERGENCE].with_columns(drift)
            frames |= {CHECKPOINTS: _checkpoint(model, step), VERDICTS: verdicts}
            for table, frame in frames.items():
                store.write(table, part, frame, _made(table.name, model, step))
    return store


def multiply_runs(store: Store, protocol: str, models: Sequence[str], source: str) -> None:
    """Add models that have the files of a stored one; those of `skill_scores` are written with the model's own name.

    The other tables serve readers of names and footers only.

    Args:
        store: The store.
        protocol: Digest of the protocol.
        models: Names of the new models.
        source: The stored model.
    """
    for table in (CHECKPOINTS, VERDICTS, *_SHARED):
        for step in store.steps(table, source, protocol):
            file = store.path(table, Partition.checkpoint(source, step, protocol))
            rows = store.read(table, Partition.checkpoint(source, step, protocol)) if table is SKILL_SCORES else None
            for model in models:
                part = Partition.checkpoint(model, step, protocol)
                if rows is not None:
                    store.write(table, part, rows.with_columns(model=pl.lit(model)), _made(table.name, model, step))
                else:
                    target = store.path(table, part)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    _link(file, target)


def _link(file: Path, target: Path) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _made(*names: object) -> Provenance:
    return Provenance(hashlib.sha256(repr(names).encode()).hexdigest(), "1")


_SHARED = (GENERATIONS, SKILL_SCORES, PROFILE_TESTS, LOGIT_DIVERGENCE, REPRESENTATION_SHIFT, PARAMETER_STATS)


def _shared_rows(items: pl.DataFrame) -> dict[Table, pl.DataFrame]:
    """Rows of the tables whose values are the same for all checkpoints."""
    rng = np.random.default_rng(5)
    verdicts = next(_verdicts(items, "shared", 0, 0))
    generations = _generations(items, rng)
    tests = profile_tests(verdicts, verdicts, items, model="shared", step=0, base_model="shared", base_step=0)
    return {
        GENERATIONS: generations,
        SKILL_SCORES: skill_scores(verdicts, items, generations),
        PROFILE_TESTS: tests,
        LOGIT_DIVERGENCE: _divergence(items, rng),
        REPRESENTATION_SHIFT: _representations(rng),
        PARAMETER_STATS: _weights(rng),
    }


def _verdicts(items: pl.DataFrame, model: str, seed: int, steps: int) -> Iterator[pl.DataFrame]:
    """The verdicts of a base and its checkpoints, one frame after the other."""
    base = np.random.default_rng(0).random(items.height) < 0.6
    rng = np.random.default_rng([1, seed])
    change_at, to = rng.integers(0, 4 * max(steps, 1), items.height), rng.random(items.height) < 0.5
    for place in range(steps + 1):
        noise = rng.random(items.height) < 0.03
        solved = np.where((place > 0) & (change_at < place), to, base) ^ (noise & (place > 0))
        cut = (rng.random(items.height) < 0.02) & (place > 0) & ~solved
        frame = items.select("item_set", "item_id").with_columns(
            pl.lit(model).alias("model"),
            pl.lit(place * _EVERY, pl.Int64).alias("step"),
            pl.lit(0).alias("sample"),
            pl.lit("fair").alias("reading"),
            pl.Series("verdict", np.where(solved, "correct", np.where(cut, "truncated", "wrong"))),
            pl.Series("shows_steps", solved),
            pl.lit("42").alias("extracted"),
            pl.lit("answer_line").alias("rule"),
            pl.Series("ending", np.where(cut, "cut", "ended")),
        )
        yield VERDICTS.conform(frame)


def _generations(items: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    words = np.array(["step", "so", "that", "gives", "seven", "adding", "both", "sides", "12", "34"])
    texts = [" ".join(rng.choice(words, _WORDS)) + "\nAnswer: 42" for _ in range(items.height)]
    ids = [rng.integers(0, 50_000, _WORDS + 3).tolist() for _ in texts]
    return _filled(
        GENERATIONS,
        items.select("item_set", "item_id").with_columns(
            pl.lit("shared").alias("model"), pl.lit(0, pl.Int64).alias("step"), pl.lit(0).alias("sample"),
            pl.lit("fair").alias("reading"), pl.Series("completion", texts), pl.Series("completion_ids", ids),
            pl.lit("stop").alias("finish_reason"), pl.lit("float32").alias("dtype"), pl.lit("{}").alias("sampling"),
        ),
        rng,
    )  # fmt: skip


def _divergence(items: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    of_texts = [items.select("item_set", "item_id").with_columns(text=pl.lit(text)) for text in ("reference", "base")]
    named = pl.concat(of_texts).with_columns(
        model=pl.lit("shared"), step=pl.lit(0, pl.Int64), tokens=pl.lit(100), dtype=pl.lit("float32")
    )
    return _filled(LOGIT_DIVERGENCE, named, rng)


def _representations(rng: np.random.Generator) -> pl.DataFrame:
    layers = pl.DataFrame({"layer": range(LAYERS), "text": "reference"})
    return _filled(REPRESENTATION_SHIFT, layers.with_columns(model=pl.lit("shared"), step=pl.lit(0, pl.Int64)), rng)


def _weights(rng: np.random.Generator) -> pl.DataFrame:
    rows = [
        {
            "model": "shared", "step": 0, "tensor": f"layers.{layer}.{part}.weight", "compared_with": compared_with,
            "compared_step": 0, "status": "compared", "component": part, "layer": layer, "shape": [3584, 3584],
            "elements": 3584 * 3584,
        }
        for compared_with in ("base", "previous")
        for layer in range(LAYERS)
        for part in WEIGHTS
    ]  # fmt: skip
    return _filled(PARAMETER_STATS, pl.DataFrame(rows), rng)


def _checkpoint(model: str, step: int) -> pl.DataFrame:
    row = {
        "model": model, "step": step, "method": model.rpartition("-")[2], "base": "b" * 64,
        "path": f"/runs/{model}/checkpoint-{step}",
        "digest": "b" * 64 if step == 0 else hashlib.sha256(f"{model}/{step}".encode()).hexdigest(),
        "weights_digest": "w" * 64, "tokenizer_digest": "t" * 64, "architecture": "Qwen2ForCausalLM",
        "dtype": "bfloat16", "parameter_count": 7_600_000_000, "weight_bytes": 15_200_000_000,
        "written_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return _filled(CHECKPOINTS, pl.DataFrame([row]), np.random.default_rng(0))


def _filled(table: Table, frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The frame as that table; columns that it lacks get values of their type."""
    lacking = [column for column in table.columns if column.name not in {*frame.columns, PROTOCOL.name}]
    return table.conform(frame.with_columns(_values(column, frame.height, rng) for column in lacking))


def _values(column: Column, rows: int, rng: np.random.Generator) -> pl.Series:
    if column.dtype == pl.Float64:
        return pl.Series(column.name, rng.random(rows))
    if column.may_be_null:
        return pl.Series(column.name, [None] * rows, column.dtype)
    if column.dtype == pl.List:
        return pl.Series(column.name, [[]] * rows, column.dtype)
    if column.dtype == pl.String:
        return pl.Series(column.name, ["made up"] * rows)
    return pl.Series(column.name, np.ones(rows, dtype=np.int8)).cast(column.dtype)
