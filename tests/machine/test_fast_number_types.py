"""The number type is what the processor is fast in, and says why."""

import subprocess
import sys

import pytest
import torch

from skillprobe_core.machine import fast_number_types as number_types
from skillprobe_core.machine.fast_number_types import SLOW, fast_number_type, product_seconds, slowdown
from skillprobe_core.machine.processor import processor_name
from tests.cuda_device import NO_GPU

CPU = torch.device("cpu")


@pytest.mark.parametrize("stored", ["bfloat16", "float16"])
def test_a_cpu_runs_a_sixteen_bit_model_in_the_type_that_it_measured_as_fast(stored: str) -> None:
    chosen = fast_number_type(stored, 1000, CPU)
    assert chosen.dtype == (stored if slowdown(stored) <= SLOW else "float32")
    assert f"{slowdown(stored):.2g} times" in chosen.reason
    assert processor_name(CPU) in chosen.reason


@pytest.mark.parametrize(
    ("times", "dtype"), [(0.4, "bfloat16"), (SLOW, "bfloat16"), (1.6, "float32"), (9.0, "float32")]
)
def test_the_stored_type_is_kept_unless_it_is_clearly_slower(
    times: float, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number_types, "slowdown", lambda _: times)
    assert fast_number_type("bfloat16", 1000, CPU).dtype == dtype


def test_float32_is_not_chosen_where_the_weights_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_types, "slowdown", lambda _: 9.0)
    chosen = fast_number_type("bfloat16", 10**15, CPU)
    assert chosen.dtype == "bfloat16"
    assert "memory" in chosen.reason


@pytest.mark.parametrize("stored", ["float32", "float64"])
def test_wider_types_are_run_in_float32(stored: str) -> None:
    assert fast_number_type(stored, 1000, CPU).dtype == "float32"


def test_other_devices_run_the_stored_type() -> None:
    assert fast_number_type("bfloat16", 1000, torch.device("meta")).dtype == "bfloat16"


def test_measuring_leaves_the_number_of_threads_as_it_was() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert all(seconds > 0 for seconds in product_seconds("float32", "bfloat16"))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_two_processes_that_compete_for_the_cores_choose_alike() -> None:
    program = (
        "import torch; from skillprobe_core.machine.fast_number_types import fast_number_type as f;"
        "print(f('bfloat16', 1000, torch.device('cpu')).dtype)"
    )
    several = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    found = {process.communicate()[0].strip() for process in several}
    assert found == {fast_number_type("bfloat16", 1000, CPU).dtype}


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_is_asked_for_its_bfloat16_instructions() -> None:
    device = torch.device("cuda")
    known = torch.cuda.is_bf16_supported(including_emulation=False)
    assert fast_number_type("bfloat16", 1000, device).dtype == ("bfloat16" if known else "float32")
    assert fast_number_type("float16", 1000, device).dtype == "float16"
