"""A study with planted changes: real tables from made-up verdicts, so that the report has something to tell."""

import random
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
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
from tests.filling import filled

MADE = Provenance("made-up", "1")


def chance_of(model: str, step: int, skill: str, domain: str) -> float:
    """The planted truth: SFT gains calculation and loses simulation in science; RL gains and loses nothing."""
    solved = 0.6
    if skill == "calculation":
        solved += step / 1000
    if model == "planted-sft" and (skill, domain) == ("simulation", "science"):
        solved -= step / 300
    return max(0.0, min(1.0, solved))


def write_study(root: Path) -> Store:
    store = Store(root)
    kinds = [next(kind for kind in KINDS if (kind.skill, kind.domain) == cell) for cell in
             dict.fromkeys((kind.skill, kind.domain) for kind in KINDS)]  # fmt: skip
    items = build_item_set(kinds, levels=(1,), per_level=30)
    store.write(ITEMS, Partition.item_set(items["item_set"][0]), items, MADE)
    protocol = Protocol(items["item_set"][0], "0 shots", TEMPLATE_RULES["shared"], "{}", 256)
    record(store, protocol, "planted", "0" * 16)
    for model in ("planted-rl", "planted-sft"):
        base: pl.DataFrame | None = None
        for step in (0, 100, 200, 300):
            part = Partition.checkpoint(model, step, protocol.digest)
            verdicts, generations = answers(items, model, step)
            base = verdicts if base is None else base
            tests = profile_tests(verdicts, base, items, model=model, step=step, base_model=model)
            for table, frame in {
                CHECKPOINTS: checkpoint(model, step),
                GENERATIONS: generations,
                VERDICTS: verdicts,
                SKILL_SCORES: skill_scores(verdicts, items, generations),
                PROFILE_TESTS: tests,
                LOGIT_DIVERGENCE: divergence(items, model, step),
                PARAMETER_STATS: weights(model, step),
            }.items():
                store.write(table, part, frame, MADE)
    return store


def answers(items: pl.DataFrame, model: str, step: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = []
    for item_id, skill, domain, answer in items.select("item_id", "skill", "domain", "answer").iter_rows():
        luck = random.Random(item_id).random()  # one item is as hard at every step
        solved = luck < chance_of(model, step, skill, domain)
        text = f"Answer: {answer}" if solved else "Answer: </script><b>no</b>"
        rows.append({"item_id": item_id, "verdict": "correct" if solved else "wrong", "completion": text})
    frame = pl.DataFrame(rows).with_columns(
        model=pl.lit(model),
        step=pl.lit(step),
        item_set=pl.lit(items["item_set"][0]),
        sample=pl.lit(0),
        reading=pl.lit("fair"),
    )
    verdicts = frame.drop("completion").with_columns(
        shows_steps=pl.col("verdict") == "correct", extracted=pl.lit("x"), rule=pl.lit("answer_line")
    )
    generations = frame.drop("verdict").with_columns(
        finish_reason=pl.lit("stop"), prompt_tokens=pl.lit(20), completion_tokens=pl.lit(5), reasoning_tokens=pl.lit(0),
        reasoning=pl.lit(None, pl.String), backend=pl.lit("made up"),
        sampling=pl.lit("{}"), seed=pl.lit(None), prompt_digest=pl.lit("0"),
    )  # fmt: skip
    return filled(VERDICTS, verdicts), filled(GENERATIONS, generations)


def checkpoint(model: str, step: int) -> pl.DataFrame:
    row = {
        "model": model, "step": step, "method": model[-3:], "base": "b" * 64, "path": f"/runs/{model}/{step}",
        "digest": f"{step:064}", "weights_digest": "w", "tokenizer_digest": "t", "architecture": "Qwen2ForCausalLM",
        "dtype": "bfloat16", "parameter_count": 10, "weight_bytes": 20, "written_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return filled(CHECKPOINTS, pl.DataFrame([row]))


def divergence(items: pl.DataFrame, model: str, step: int) -> pl.DataFrame:
    """SFT moves the output five times as far as RL."""
    moved = step * (5e-5 if model == "planted-sft" else 1e-5)
    row = {
        "model": model, "step": step, "item_set": items["item_set"][0], "text": "reference", "tokens": 10,
        "forward_kl": moved, "reverse_kl": moved * 0.9, "js": moved / 4, "moved_share": moved,
    }  # fmt: skip
    return filled(LOGIT_DIVERGENCE, pl.DataFrame([row | {"item_id": item_id} for item_id in items["item_id"]]))


def weights(model: str, step: int) -> pl.DataFrame:
    """Both methods move the weights alike, the upper layer twice as far as the lower one."""
    rows = []
    for layer in (0, 1):
        norm = step / 1e4 * (1 + layer)
        rows.append({
            "model": model, "step": step, "tensor": f"layers.{layer}.weight",
            "compared_with": "base", "compared_step": 0, "status": "compared", "component": "mlp_up",
            "layer": layer, "shape": [2, 2], "elements": 4,
            "base_norm": 1.0, "norm": 1.0, "delta_norm": norm, "relative_norm": norm, "cosine": 1 - norm**2 / 2,
            "sparsity_relative": 1 - norm, "sparsity_bf16": 1 - norm / 2, "spectral_drift": norm / 3,
        })  # fmt: skip
    return filled(PARAMETER_STATS, pl.DataFrame(rows))
