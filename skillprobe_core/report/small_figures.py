"""The small figure of each table of checkpoints: one model's history up to a step."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from skillprobe_core.drawing.run_figure import run_figure
from skillprobe_core.drawing.svg import Line, Panel, as_markdown, dumbbells, heat_map, line_panels
from skillprobe_core.engine.table import Table
from skillprobe_core.items.schema import Skill
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.measurements.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameter_stats import PARAMETER_STATS
from skillprobe_core.measurements.profile_tests import PROFILE_TESTS
from skillprobe_core.measurements.representation_shift import ALL_LAYERS, REPRESENTATION_SHIFT
from skillprobe_core.measurements.skill_scores import SKILL_SCORES
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.parameters.summary import model_summary
from skillprobe_core.pipeline.measures import checkpoint_measures
from skillprobe_core.scoring.judging import Verdict
from skillprobe_core.store.parquet import Partition, Store
from skillprobe_core.store.readings import fair

_LEVEL = 0.05
_MOST_STEPS = 60


def small_figure(store: Store, table: Table, model: str, step: int) -> str | None:
    """The table's figure for the model up to that step, as a Markdown image; None for a table without a figure.

    Steps with rows of another item set or table version are left out. Of more than 60 steps, 60 evenly spread ones are
    shown.
    """
    draw = _FIGURES.get(table.name)
    if draw is None and table is not CHECKPOINTS:
        return None
    now = store.read(table, Partition.checkpoint(model, step))
    if now.is_empty():
        return None
    frame = pl.concat([*_earlier(store, table, model, step, now), now])
    return as_markdown(*(run_figure(store, frame) if draw is None else draw(frame)))


def price_of_gain(points: pl.DataFrame) -> str:
    """Gain in the targets, forgetting elsewhere and drift over steps, a line per model, from `study_points`."""
    panels = []
    for name, title in (("gain", "gain in the targets"), ("forgetting", "forgetting elsewhere"), ("drift", "drift")):
        lines = [
            Line(str(model), of_model["step"].to_list(), of_model[name].to_list())
            for (model,), of_model in points.sort("model", "step").group_by("model", maintain_order=True)
        ]
        panels.append(Panel(title, lines))
    return as_markdown(line_panels(panels), "gain, forgetting and profile drift of each model over steps")


def _earlier(store: Store, table: Table, model: str, step: int, now: pl.DataFrame) -> list[pl.DataFrame]:
    if table is PROFILE_TESTS:
        return []
    steps = [at for name, at in store.partitions(table) if name == model and at < step]
    frames = []
    for at in steps[:: -(-len(steps) // _MOST_STEPS) or 1]:
        part = Partition.checkpoint(model, at)
        found = store.provenance(table, part)
        if found is not None and found.table_version == table.version:
            frame = store.read(table, part)
            if "item_set" not in frame.columns or frame["item_set"].head(1).equals(now["item_set"].head(1)):
                frames.append(frame)
    return frames


def _skills(scores: pl.DataFrame) -> tuple[str, str]:
    rows = scores.filter((pl.col("domain") == "all") & (pl.col("level") == 0)).sort("step")
    panels = []
    for skill in (*Skill, "all"):
        of_skill = rows.filter(pl.col("skill") == skill)
        if of_skill.height:
            line = Line(
                skill, *(of_skill[name].to_list() for name in ("step", "accuracy", "accuracy_low", "accuracy_high"))
            )
            base = of_skill["accuracy"][0] if of_skill["step"][0] == 0 else None
            panels.append(Panel(skill.replace("_", " "), [_one_colour(line)], base, 1.0))
    return line_panels(panels), "accuracy per skill over steps with its 95 % interval; dashed: the base"


def _one_colour(line: Line) -> Line:
    return Line("accuracy", line.x, line.y, line.low, line.high)


def _answers(generations: pl.DataFrame) -> tuple[str, str]:
    rows = (
        fair(generations)
        .group_by("step")
        .agg(
            pl.col("completion_tokens").mean().alias("length"),
            (pl.col("finish_reason") == "length").mean().alias("cut"),
        )
        .sort("step")
    )
    steps = rows["step"].to_list()
    panels = [
        Panel("mean tokens of a completion", [Line("value", steps, rows["length"].to_list())]),
        Panel("share cut at token limit", [Line("value", steps, rows["cut"].to_list())], top=1.0),
    ]
    return line_panels(panels), "length of completions and share cut at the token limit, over steps"


def _verdicts(verdicts: pl.DataFrame) -> tuple[str, str]:
    names = [str(verdict) for verdict in Verdict]
    shares = fair(verdicts).group_by("step").agg((pl.col("verdict") == name).mean().alias(name) for name in names)
    shares = shares.sort("step")
    lines = [Line(name, shares["step"].to_list(), shares[name].to_list()) for name in names if shares[name].sum() > 0]
    return line_panels([Panel("share of verdicts", lines, top=1.0)], width=440), "share of each verdict over steps"


def _cells(tests: pl.DataFrame) -> tuple[str, str]:
    cells = tests.filter(pl.col("scope") == "cell").sort("change")
    rows = [
        (
            f"{row['skill'].replace('_', ' ')} / {row['domain']}",
            row["base_accuracy"],
            row["accuracy"],
            "collapsed" if row["collapse"] else "moved" if row["p_adjusted"] <= _LEVEL else "",
        )
        for row in cells.iter_rows(named=True)
    ]
    return dumbbells(rows), "accuracy per cell, base and checkpoint; filled: changed significantly, cross: collapsed"


def _divergence(divergence: pl.DataFrame) -> tuple[str, str]:
    measures = checkpoint_measures(
        divergence, pl.DataFrame(schema=PARAMETER_STATS.polars_schema), divergence["item_set"][0]
    )
    panels = []
    for name, title in (
        ("forward_kl", "forward KL (nats)"),
        ("js", "JS (nats)"),
        ("moved_share", "share of tokens moved"),
    ):
        rows = measures.filter(pl.col("measure") == name).sort("step")
        if rows.height:
            panels.append(Panel(title, [Line("value", rows["step"].to_list(), rows["value"].to_list())]))
    return line_panels(panels), "divergence from the base on reference text, mean per token, over steps"


def _layers(weights: pl.DataFrame) -> tuple[str, str]:
    layers = model_summary(weights).filter((pl.col("scope") == "layer") & (pl.col("reference") == "base"))
    steps, numbers = (layers[name].unique().sort().to_list() for name in ("step", "layer"))
    found = {(row[0], row[1]): row[2] for row in layers.select("layer", "step", "relative_norm").iter_rows()}
    values = [[found.get((layer, step)) for step in steps] for layer in numbers]
    names = [f"layer {layer}" for layer in numbers]
    return (
        heat_map("relative norm of the update", [str(step) for step in steps], names, values),
        "relative norm of the weight update by layer and step",
    )


def _states(shift: pl.DataFrame) -> tuple[str, str]:
    moved = shift.filter((pl.col("layer") != ALL_LAYERS) & (pl.col("text_source") == "unrelated")).sort("step", "layer")
    steps, numbers = (moved[name].unique().sort().to_list() for name in ("step", "layer"))
    found = {(row[0], row[1]): row[2] for row in moved.select("layer", "step", 1 - pl.col("cka")).iter_rows()}
    values = [[found.get((layer, step)) for step in steps] for layer in numbers]
    names = ["embeddings" if layer == 0 else f"layer {layer}" for layer in numbers]
    return (
        heat_map("1 - CKA with the base, unrelated text", [str(step) for step in steps], names, values),
        "shift of the hidden states from the base's, by layer and step",
    )


_FIGURES: dict[str, Callable[[pl.DataFrame], tuple[str, str]]] = {
    GENERATIONS.name: _answers,
    VERDICTS.name: _verdicts,
    SKILL_SCORES.name: _skills,
    PROFILE_TESTS.name: _cells,
    LOGIT_DIVERGENCE.name: _divergence,
    REPRESENTATION_SHIFT.name: _states,
    PARAMETER_STATS.name: _layers,
}
