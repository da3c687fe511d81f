"""The processor is named, and its cores and memory are counted."""

import os
from pathlib import Path

import pytest
import torch

from skillprobe_core.machine.processor import cores, free_memory_bytes, memory_bytes, processor_name
from tests.cuda_device import NO_GPU


def test_a_cpu_is_named_with_its_instructions() -> None:
    name = processor_name(torch.device("cpu"))
    assert name.endswith(f"({torch.backends.cpu.get_cpu_capability()})")
    assert not name.startswith(" ")
    assert processor_name(torch.device("meta")) == "meta"


def test_only_the_cores_that_a_process_may_use_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert cores() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert cores() == os.cpu_count()


def test_the_machine_has_memory_and_some_of_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory_bytes() > 2**28
    assert 0 < free_memory_bytes() <= memory_bytes()
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "MemTotal: 9 kB\nMemAvailable:    7 kB\n")
    assert free_memory_bytes() == 7 * 1024

    def unreadable(*_: object, **__: object) -> str:
        raise OSError

    monkeypatch.setattr(Path, "read_text", unreadable)
    assert free_memory_bytes() == memory_bytes() // 4


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_is_named_as_its_driver_names_it() -> None:
    assert processor_name(torch.device("cuda")) == torch.cuda.get_device_properties(0).name
