"""The elicited reading: fair verdicts on completions of few-shot prompts."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from skillprobe_core.benchmark.few_shot_examples import with_examples
from skillprobe_core.measurements.generations.generate_answers import answering
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.models.prompts import few_shot_stop
from skillprobe_core.models.tokenizer_loading import load_tokenizer

from .readings_settings import SHOTS


def elicited_rows(probe: Probe, items: pl.DataFrame) -> pl.DataFrame:
    """Fair verdicts of a probe's checkpoint on few-shot prompts of items.

    The worked examples are of the item's kind and level, from the training split. Items of imported sources have none
    and are left out.

    Args:
        probe: The checkpoint.
        items: The items to answer.

    Returns:
        One row per item and sample: item_id, sample, verdict, extracted and completion.
    """
    prompts = probe.settings.prompts
    given = with_examples(items.drop("examples", strict=False), max(SHOTS, prompts.shots), prompts.seed)
    given = given.filter(pl.col("examples").is_not_null())
    sampling = probe.sampling
    if prompts.shots == 0:  # otherwise the settings of the rows have the stop text already
        stop = few_shot_stop(load_tokenizer(probe.checkpoint.files), SHOTS, probe.prompt_format)
        sampling = replace(sampling, stop=(*sampling.stop, *stop))
    with answering(probe, sampling, "elicited", some_must_fit=False) as answer:
        generations = answer(given, probe.item_set)
    judged = verdicts(generations, given)
    keys = ["item_id", "sample"]
    return judged.select(*keys, "verdict", "extracted").join(
        generations.select(*keys, "completion"), on=keys, maintain_order="left"
    )
