"""The noise floor of one checkpoint: evaluated again under other conditions, judged and compared per skill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.fair_reading import FAIR
from skillprobe_core.measurements.divergence.base_states import BaseStates, base_states
from skillprobe_core.measurements.divergence.compare_texts import compare_texts
from skillprobe_core.measurements.divergence.divergence_registry import noise_columns
from skillprobe_core.measurements.divergence.hidden_states import BATCH_TOKENS
from skillprobe_core.measurements.divergence.token_texts import Texts, reference_texts, within_context
from skillprobe_core.measurements.generations.generate_rows import requests_for
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.generations.row_sampling import sampling_for
from skillprobe_core.measurements.leased_devices import devices_wanted, on_devices
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.models.backends import choose_backend, open_backend
from skillprobe_core.models.completion_limits import longest, shorter_context
from skillprobe_core.models.model_loading import load_model, release_model
from skillprobe_core.models.token_ids import check_token_ids
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.progress import progress
from skillprobe_core.stats.wilson import wilson_interval

from .noise_conditions import KEY, Condition, answer_noise, answers, noise_conditions, verdict_noise
from .noise_floor_table import NOISE_FLOOR

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from skillprobe_core.models.backend import Backend, Request, SamplingSettings


@dataclass(frozen=True, slots=True)
class _Side:
    """Results of one condition: answers, their verdicts, and the backend that ran the model."""

    answers: pl.DataFrame
    verdicts: pl.DataFrame
    backend: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """The requests of every condition, and the sampling settings of their rows."""

    requests: Sequence[Request]
    sampling: SamplingSettings


def measure_noise(probe: Probe, report: Callable[[str], None] | None = None) -> pl.DataFrame:
    """Evaluate the checkpoint under every condition: the rows of table `noise_floor`.

    Decoding is always greedy, since sampling variation is not numerical noise. Divergences are
    measured on the items' reference answers, for conditions that run transformers (other backends give no logits).
    `report` is called with the name of each finished condition. Errors are those of the backends.
    """
    report = report or (lambda _: None)
    probe.items  # noqa: B018  a pilot that chooses them needs devices of its own
    with on_devices(probe, NOISE_FLOOR.name, devices_wanted(GENERATIONS, probe)):
        return _every_condition(probe, report)


def _every_condition(probe: Probe, report: Callable[[str], None]) -> pl.DataFrame:
    baseline, *variations = conditions(probe)
    files = probe.checkpoint.files
    tokenizer = load_tokenizer(files)
    texts = within_context(reference_texts(tokenizer, probe.items, probe.prompt_format), shorter_context(files))
    asked = _asked(probe, tokenizer)
    states: BaseStates | None = None
    with _opened(probe, baseline, asked) as backend:
        usual = _side(probe, baseline, backend, asked)
        if baseline.backend == "transformers":
            states = base_states(load_model(probe.checkpoint.files, baseline.dtype, probe.device), texts)
    report(baseline.name)
    frames = []
    for condition in variations:
        if condition.name == "repeat":
            release_model()  # so that the weights are read again as well
        with _opened(probe, condition, asked) as backend:
            other = _side(probe, condition, backend, asked)
            measured = _divergence(probe, condition, states, texts)
        frames.append(_rows(probe, condition, usual, other, measured))
        report(condition.name)
    return NOISE_FLOOR.conform(pl.concat(frames))


def conditions(probe: Probe) -> tuple[Condition, ...]:
    """The conditions to compare, the baseline first."""
    compute = probe.settings.compute
    backend = choose_backend(compute.backend, probe.device)
    return noise_conditions(backend, probe.number_type.torch, server=compute.url is not None)


def greedy(probe: Probe) -> SamplingSettings:
    """The sampling settings without sampling."""
    return probe.sampling.without_sampling


@contextmanager
def _opened(probe: Probe, condition: Condition, asked: _Asked) -> Iterator[Backend]:
    compute = probe.settings.compute
    backend = open_backend(
        probe.checkpoint.files,
        condition.backend,
        dtype=condition.dtype,
        device=probe.device,
        url=compute.url,
        api_key=compute.api_key(),
        max_length=longest(asked.requests, asked.sampling),
        idle_seconds=0.0,  # the next condition runs in another number type
        reload=compute.reload,
    )
    try:
        yield backend
    finally:
        backend.close()


def _asked(probe: Probe, tokenizer: PreTrainedTokenizerBase) -> _Asked:
    settings = sampling_for(probe, tokenizer, greedy(probe))
    requests = requests_for(probe.items, tokenizer, settings, probe.prompt_format)
    check_token_ids(probe.checkpoint.files, tokenizer, (request.prompt_ids for request in requests))
    return _Asked(requests, settings)


def _side(probe: Probe, condition: Condition, backend: Backend, asked: _Asked) -> _Side:
    requests, settings = asked.requests, asked.sampling
    with progress(f"{probe.checkpoint.key} {condition.name}", len(requests)) as reporter:
        found = answers(backend, requests, settings, rows_at_once=condition.rows_at_once, progress=reporter)
    keyed = found.with_columns(
        model=pl.lit(probe.checkpoint.model),
        step=pl.lit(probe.checkpoint.step),
        item_set=pl.lit(probe.item_set),
        reading=pl.lit(FAIR),
        sampling=pl.lit(settings.row_canonical()),
    )
    return _Side(found, verdicts(keyed, probe.items).select(*KEY, "verdict"), backend.name)


def _divergence(probe: Probe, condition: Condition, states: BaseStates | None, texts: Texts) -> pl.DataFrame | None:
    """Measures per item of the varied condition against the baseline's states; None if there are no logits."""
    if states is None or condition.backend != "transformers":
        return None
    files = probe.checkpoint.files
    longest = max((len(text.inputs) for text in texts.texts), default=1)
    return compare_texts(
        states,
        load_model(files, condition.dtype, probe.device),
        load_tokenizer(files),
        texts,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        batch_tokens=condition.rows_at_once * longest if condition.rows_at_once else BATCH_TOKENS,
    ).items


def _rows(
    probe: Probe, condition: Condition, usual: _Side, other: _Side, divergence: pl.DataFrame | None
) -> pl.DataFrame:
    skills = probe.items.select("item_id", "skill")
    same = _per_skill(answer_noise(usual.answers, other.answers), skills, pl.col("same").mean().alias("same_share"))
    frame = verdict_noise(usual.verdicts, other.verdicts, probe.items).join(same, on="skill")
    measures = [column.name for column in noise_columns()]
    if divergence is None:
        frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in measures)
    else:
        # Means over tokens, like those of a checkpoint's own divergence: items count by their length.
        tokens = pl.col("tokens")
        means = [((pl.col(name) * tokens).sum() / tokens.sum()).alias(name) for name in measures]
        frame = frame.join(_per_skill(divergence.filter(tokens > 0), skills, *means), on="skill", how="left")
    high = wilson_interval(frame["flip_rate"].to_numpy(), frame["n"].to_numpy())[1]
    return frame.with_columns(
        pl.Series("flip_rate_high", high),
        model=pl.lit(probe.checkpoint.model),
        step=pl.lit(probe.checkpoint.step),
        item_set=pl.lit(probe.item_set),
        variation=pl.lit(condition.name),
        backend=pl.lit(other.backend),
        baseline_backend=pl.lit(usual.backend),
    )


def _per_skill(frame: pl.DataFrame, skills: pl.DataFrame, *measures: pl.Expr) -> pl.DataFrame:
    joined = frame.join(skills, on="item_id")
    both = pl.concat([joined, joined.with_columns(skill=pl.lit("all"))])
    return both.group_by("skill").agg(*measures)
