"""Cost of a planned evaluation: tokens of the store's own answers, and seconds of a short timed generation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.few_shot_examples import with_examples
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.pilots.base_protocol import pilot_of
from skillprobe_core.measurements.protocols.evaluation_protocol import Record

from .given_checkpoint import probe_of_checkpoint

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.models.memory_plan import MemoryPlan

    from .settings import Settings

_TIMED = 64
_WARM = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """The mean cost of one answer.

    prompt_tokens, completion_tokens: means over answers. because: whose answers they are.
    seconds: time of one answer in a batch; None if none was timed. device: where it was timed. memory: the memory that
    the model needs there, in one line; empty where it is not known, as on a server.
    """

    prompt_tokens: float
    completion_tokens: float
    because: str
    seconds: float | None = None
    device: str = ""
    memory: str = ""


def stored_cost(store: Store, record: Record | None) -> Cost | None:
    """The tokens of the answers that are stored under a protocol, or of its pilot; None if there are none.

    A store keeps no times, so the seconds are unknown.
    """
    if record is None:
        return None
    for model, step in store.partitions(GENERATIONS, record.protocol):
        rows = store.read(GENERATIONS, Partition.checkpoint(model, step, record.protocol))
        return _cost(rows, f"mean of {rows.height:,} stored answers of {model}/{step}")
    pilot = pilot_of(store, record)
    if pilot is None or not pilot["items"].sum():
        return None
    items, prompt, completion = (int(pilot[name].sum()) for name in ("items", "prompt_tokens", "completion_tokens"))
    return Cost(prompt / items, completion / items, f"mean of {items:,} answers of the pilot")


def timed_cost(settings: Settings, folder: Path, items: pl.DataFrame) -> Cost:
    """The cost of answers of a model, from a short generation on this device. Writes nothing to the store.

    Args:
        settings: Settings of prompts, sampling and device.
        folder: The model.
        items: The planned items; 64 of them are answered, after four others that are not timed.

    Returns:
        Means over these answers. Larger batches may take less time per answer.

    Raises:
        SkillprobeError: The model cannot be read or run.
    """
    from skillprobe_core.measurements.generations.generate_answers import answering

    shots = settings.prompts.shots
    given = with_examples(items, shots, settings.prompts.seed) if shots else items
    chosen = given.sample(min(_TIMED + _WARM, given.height), seed=0, shuffle=True)
    warm, timed = chosen.tail(_WARM), chosen.head(max(1, chosen.height - _WARM))
    item_set = str(items["item_set"][0])
    with TemporaryDirectory() as scratch:
        probe = probe_of_checkpoint(folder, model="timed", settings=settings, store=Store(Path(scratch)))
        plan = _memory(probe)
        with answering(probe, replace(probe.sampling, samples=1), "timing", chosen) as answer:
            answer(warm, item_set)
            started = perf_counter()
            rows = answer(timed, item_set)
            seconds = perf_counter() - started
    cost = _cost(rows, f"mean of {rows.height} answers of {folder} timed now")
    columns = max(
        prompt + completion for prompt, completion in rows.select("prompt_tokens", "completion_tokens").rows()
    )
    memory = "" if plan is None else plan.line(columns)
    return replace(cost, seconds=seconds / rows.height, device=str(rows["backend"][0]), memory=memory)


def _memory(probe: Probe) -> MemoryPlan | None:
    """The memory that a probe's checkpoint needs on its device; None on a server."""
    from skillprobe_core.models.memory_plan import memory_plan
    from skillprobe_core.models.model_loading import choose_device

    compute = probe.settings.compute
    if compute.url is not None:
        return None
    return memory_plan(probe.checkpoint.files, probe.number_type.torch, choose_device(probe.device))


def _cost(rows: pl.DataFrame, because: str) -> Cost:
    prompt, completion = rows.select(pl.col("prompt_tokens", "completion_tokens").mean()).row(0)
    return Cost(float(prompt), float(completion), because)
