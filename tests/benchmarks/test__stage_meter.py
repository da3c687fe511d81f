"""The meter of stages: pages of weight files, read calls and memory, on the host and on a CUDA device."""

import mmap
import os
from pathlib import Path

import pytest
import torch

from benchmarks._stage_meter import Meter
from tests.cuda_device import NO_GPU

SIZE = 1 << 23
CPU = torch.device("cpu")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("one", "other")]
    for file in found:
        file.write_bytes(os.urandom(SIZE))
    return found


def test_bytes_are_counted_once_as_pages_and_each_time_as_calls(files: list[Path]) -> None:
    meter = Meter(CPU, files)
    length, cost = meter.measure(lambda: len(files[0].read_bytes()))
    if cost.fetched is None:
        pytest.skip("this file system keeps its pages")
    assert length == cost.fetched == SIZE
    again = meter.measure(files[0].read_bytes)[1]
    assert again.fetched == 0
    meter.drop_files(files)
    assert meter.measure(lambda: [file.read_bytes() for file in files])[1].fetched == 2 * SIZE
    for count, each in ((1, cost), (1, again)):
        assert each.calls is not None
        assert count * SIZE <= each.calls < count * SIZE + (1 << 20)


def test_files_whose_pages_stay_have_no_count(files: list[Path]) -> None:
    with files[0].open("rb") as opened:
        held = mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ)
        assert sum(held[place] for place in range(0, SIZE, mmap.PAGESIZE)) > 0  # mapped pages cannot be dropped
        cost = Meter(CPU, files).measure(lambda: None)[1]
        held.close()
    assert cost.fetched is None


def test_the_peak_of_host_memory_is_seen_although_it_was_freed() -> None:
    meter = Meter(CPU, [])
    idle = meter.measure(lambda: None)[1].host

    def allocate() -> None:
        held = torch.ones(1 << 25)  # 128 MiB, longer there than between two samples
        for _ in range(8):
            held.mul_(1.0)

    busy = meter.measure(allocate)[1].host
    if idle is None or busy is None:
        pytest.skip("this system does not state anonymous memory")
    assert busy - idle > 100 << 20


def test_on_a_cpu_nothing_is_stated_for_the_device() -> None:
    cost = Meter(CPU, []).measure(lambda: torch.ones(1000))[1]
    assert cost.allocated is None
    assert cost.used is None


@pytest.mark.gpu
@NO_GPU
def test_memory_of_a_device_is_counted_by_stage() -> None:
    device = torch.device("cuda", torch.cuda.current_device())
    kept = torch.ones(1 << 22, device=device)
    meter = Meter(device, [])
    large = meter.measure(lambda: float(torch.ones(1 << 26, device=device).sum()))[1]
    small = meter.measure(lambda: float(torch.ones(1 << 20, device=device).sum()))[1]
    assert large.allocated is not None
    assert small.allocated is not None
    assert large.allocated >= (1 << 28) + kept.nbytes
    assert kept.nbytes + (1 << 22) <= small.allocated < 1 << 28, "the peak of an earlier stage does not count"
    assert large.used is not None
    assert large.used >= large.allocated
