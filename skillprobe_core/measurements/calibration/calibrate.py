"""The `calibration` table of one checkpoint, from its answers and those of its base."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.abstentions import abstains
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.stats.brier_score import brier_parts, by_value, by_width
from skillprobe_core.stats.wilson import wilson_interval

from .calibration_table import CALIBRATION
from .unit_means import UnitMeans

AGREEMENT, LIKELIHOOD, TWINS = "agreement", "likelihood", "twins"
_ABOUT = ("item_id", "unit", "skill", "domain", "kind")
_BINS: Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.intp]]] = {AGREEMENT: by_value, LIKELIHOOD: by_width}


@dataclass(frozen=True, slots=True)
class Twins:
    """Responses of one checkpoint to twins, and its answers to the items of the kinds that have twins.

    answers: rows of `twin_answers`. abstained: `item_id` and `abstained`, the share of the item's samples whose answer
    is that it cannot be determined, from `abstained`.
    """

    answers: pl.DataFrame
    abstained: pl.DataFrame


def calibration(
    items: pl.DataFrame,
    confidences: Mapping[str, tuple[pl.DataFrame, pl.DataFrame]],
    twins: tuple[Twins, Twins] | None,
    *,
    model: str,
    step: int,
) -> pl.DataFrame:
    """The `calibration` table of one checkpoint.

    Args:
        items: The item set.
        confidences: By source, the confidences of the checkpoint and of its base: `item_id`, `confidence` and `right`.
        twins: Responses of both to the unanswerable twins; None if there are none.
        model: The checkpoint's model.
        step: Its step.

    Returns:
        One row per source, cell and subtotal.
    """
    about = with_units(items).select(_ABOUT)
    parts = [confidence_rows(source, about, own, base) for source, (own, base) in confidences.items() if own.height]
    if twins is not None and twins[0].answers.height:
        parts.append(twin_rows(about, *twins))
    rows = pl.concat(parts, how="diagonal") if parts else pl.DataFrame(schema={"source": pl.String})
    keys = {"model": pl.lit(model), "step": pl.lit(step, pl.Int64), "item_set": pl.lit(items["item_set"][0])}
    schema = CALIBRATION.computed_schema
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in {*rows.columns, *keys}]
    return CALIBRATION.conform(rows.with_columns(*missing, **keys))


def confidence_rows(source: str, about: pl.DataFrame, own: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """Brier score, overconfidence and its change from the base, per cell and subtotal.

    Args:
        source: The source of the confidence, which decides on the bins.
        about: `item_id`, `unit`, `skill`, `domain` and `kind` of all items.
        own: Confidences of the checkpoint: `item_id`, `confidence` and `right`.
        base: Those of the base.

    Returns:
        The columns of the table that concern confidence.
    """
    frame = about.join(own, on="item_id").join(
        base.rename({"confidence": "base_confidence", "right": "base_right"}), on="item_id", how="left"
    )
    frame = frame.sort("skill", "domain", "kind", "item_id")
    groups = UnitMeans.of(frame)
    confidence, right, base_confidence, base_right = (
        frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("confidence", "right", "base_confidence", "base_right")
    )
    low, high = groups.interval(confidence - right)
    paired = ~np.isnan(base_confidence)
    both = _Change.of(frame, paired, (confidence - right) - (base_confidence - base_right))
    rows = []
    for place, ((scope, skill, domain), member) in enumerate(zip(groups.groups, groups.members, strict=True)):
        parts = brier_parts(confidence[member], right[member], _BINS[source](confidence[member]))
        on = member & paired
        row: dict[str, object] = {
            "source": source,
            "scope": scope,
            "skill": skill,
            "domain": domain,
            "items": int(member.sum()),
            "units": len(set(groups.unit[member].tolist())),
            "accuracy": right[member].mean(),
            "confidence": confidence[member].mean(),
            "overconfidence": (confidence - right)[member].mean(),
            "overconfidence_low": low[place],
            "overconfidence_high": high[place],
            "brier_score": parts.score,
            "reliability": parts.reliability,
            "resolution": parts.resolution,
            "uncertainty": parts.uncertainty,
            "within_bin_variance": parts.variance,
            "within_bin_covariance": parts.covariance,
            "bins": parts.bins,
            "calibration_error": parts.calibration_error,
            "paired_items": int(on.sum()),
        }
        if on.any():
            score = np.mean((confidence - right)[on] ** 2)
            row |= both.of_group((scope, skill, domain)) | {
                "base_overconfidence": (base_confidence - base_right)[on].mean(),
                "brier_change": score - np.mean((base_confidence - base_right)[on] ** 2),
            }
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


@dataclass(frozen=True, slots=True)
class _Change:
    """Mean changes of paired items with intervals and p-values, by scope, skill and domain."""

    rows: Mapping[tuple[str, str, str], dict[str, object]]

    @classmethod
    def of(cls, frame: pl.DataFrame, paired: NDArray[np.bool_], changes: NDArray[np.float64]) -> _Change:
        if not paired.any():
            return cls({})
        changes = changes[paired]
        groups = UnitMeans.of(frame.filter(pl.Series(paired)))
        (low, high), (p, adjusted) = groups.interval(changes), groups.p_values(changes)
        return cls(
            {
                group: {
                    "change": changes[member].mean(),
                    "change_low": low[place],
                    "change_high": high[place],
                    "p": p[place],
                    "p_adjusted": adjusted[place],
                }
                for place, (group, member) in enumerate(zip(groups.groups, groups.members, strict=True))
            }
        )

    def of_group(self, group: tuple[str, str, str]) -> dict[str, object]:
        """The columns of a group; empty if no item of it is paired."""
        return self.rows.get(group, {})


def twin_rows(about: pl.DataFrame, own: Twins, base: Twins) -> pl.DataFrame:
    """Recognition of unanswerable twins, its change from the base, and false abstentions, per cell and subtotal.

    Args:
        about: `item_id`, `unit`, `skill`, `domain` and `kind` of all items.
        own: Responses of the checkpoint.
        base: Those of the base.

    Returns:
        The columns of the table that concern twins.
    """
    shares = _shares(own.answers).join(
        _shares(base.answers).rename({"recognised": "base_recognised", "answered": "base_answered"}),
        on="item_id",
        how="left",
    )
    frame = about.join(shares, on="item_id").sort("skill", "domain", "kind", "item_id")
    answerable = about.filter(pl.col("kind").is_in(frame["kind"].unique().implode())).join(own.abstained, on="item_id")
    answerable = answerable.join(base.abstained.rename({"abstained": "base_abstained"}), on="item_id", how="left")
    groups = UnitMeans.of(frame)
    recognised, before = (frame[name].fill_null(np.nan).to_numpy() for name in ("recognised", "base_recognised"))
    paired = ~np.isnan(before)
    change = _Change.of(frame, paired, recognised - before)
    rows = []
    for (scope, skill, domain), member in zip(groups.groups, groups.members, strict=True):
        share = recognised[member].mean()
        low, high = wilson_interval(share, int(member.sum()))
        others = answerable.filter(
            (pl.col("skill") == skill) | (skill == "all"), (pl.col("domain") == domain) | (domain == "all")
        )
        row: dict[str, object] = {
            "source": TWINS,
            "scope": scope,
            "skill": skill,
            "domain": domain,
            "items": others.height,
            "units": len(set(groups.unit[member].tolist())),
            "paired_items": int((member & paired).sum()),
            "twins": int(member.sum()),
            "recognised_rate": share,
            "recognised_low": float(low),
            "recognised_high": float(high),
            "answered_rate": frame["answered"].to_numpy()[member].mean(),
            "abstained_rate": others["abstained"].mean(),
            "base_recognised_rate": before[member & paired].mean() if (member & paired).any() else None,
            "base_abstained_rate": others["base_abstained"].mean(),
        }
        rows.append(row | change.of_group((scope, skill, domain)))
    return pl.DataFrame(rows, infer_schema_length=None)


def _shares(answers: pl.DataFrame) -> pl.DataFrame:
    """The shares of an item's samples that recognised its twin, and that answered it."""
    response = pl.col("response")
    return answers.group_by("item_id").agg(
        recognised=(response == "recognised").mean(), answered=(response == "answered").mean()
    )


def most_likely(options: pl.DataFrame) -> pl.DataFrame:
    """Confidence by forced choice: the largest share of likelihood among an item's options, and if it is the right one.

    Args:
        options: Rows of `option_likelihoods`. Of equally likely options the first one counts.

    Returns:
        One row per item: `item_id`, `confidence` and `right`.
    """
    first = options.sort("item_id", "option").group_by("item_id", maintain_order=True)
    top = pl.col("probability").arg_max()
    return first.agg(confidence=pl.col("probability").max(), right=pl.col("right").get(top).cast(pl.Float64))


def abstained(generations: pl.DataFrame, verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The share of each item's samples whose final answer is that the question cannot be answered.

    Args:
        generations: Rows of `generations` of one checkpoint.
        verdicts: Its rows of `verdicts`; a correct answer is not read again.
        items: The items to read, answerable ones.

    Returns:
        One row per item: `item_id` and `abstained`.
    """
    keys = ["item_id", "sample"]
    rows = fair(generations).join(items.select("item_id", "prompt", "answer", "answer_type"), on="item_id")
    rows = rows.join(fair(verdicts).select(*keys, "verdict", "ending"), on=keys).sort(keys)
    found = [
        row["verdict"] != "correct"
        and row["ending"] is not None
        and abstains(
            AnswerKey(AnswerType(row["answer_type"]), row["answer"], question=row["prompt"]),
            row["completion"],
            ending=Ending(row["ending"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    return (
        rows.with_columns(pl.Series("abstained", found, pl.Boolean))
        .group_by("item_id")
        .agg(pl.col("abstained").mean())
        .sort("item_id")
    )
