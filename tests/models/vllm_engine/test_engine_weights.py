"""The sum over elements: equal whatever the order, the joints and the padding, different for any other element."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from skillprobe_core.models.vllm_engine import engine_weights
from skillprobe_core.models.vllm_engine.engine_weights import (
    constants_sum,
    element_sum,
    fault_of,
    parameters_sum,
    stored_sum,
)
from tests.cuda_device import NO_GPU

TYPES = (torch.float32, torch.bfloat16, torch.float16, torch.float64)


def drawn(dtype: torch.dtype, seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed)).to(dtype)


@given(dtype=st.sampled_from(TYPES), seed=st.integers(0, 999), rows=st.integers(2, 9), data=st.data())
def test_order_joints_and_padding_change_nothing(dtype: torch.dtype, seed: int, rows: int, data: st.DataObject) -> None:
    first, second = drawn(dtype, seed, rows, 3), drawn(dtype, seed + 1, 2, 3)
    whole = element_sum([first, second])
    places = data.draw(st.permutations(range(rows + 2)))
    joined = torch.cat([first, second, torch.zeros(2, 3, dtype=dtype)])
    joined[: rows + 2] = joined[list(places)]
    assert element_sum([joined.T]) == whole
    assert element_sum([second, first.T]) == whole


@given(dtype=st.sampled_from(TYPES), seed=st.integers(0, 999), place=st.integers(0, 11))
def test_one_other_bit_in_one_element_changes_it(dtype: torch.dtype, seed: int, place: int) -> None:
    weights = drawn(dtype, seed, 12)
    whole = element_sum([weights])
    other = weights.clone()
    bits = other.view({2: torch.int16, 4: torch.int32, 8: torch.int64}[dtype.itemsize])
    bits[place] ^= 1
    assert element_sum([other]) != whole


def test_large_tensors_are_summed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = drawn(torch.float32, 5, 1000)
    whole = element_sum([weights])
    before = weights.clone()
    monkeypatch.setitem(engine_weights._AT_ONCE, "cpu", 7)
    assert element_sum([weights]) == whole
    assert weights.equal(before)


def test_a_model_has_the_sum_of_its_folder_in_the_type_that_it_runs_in(tmp_path: Path) -> None:
    """A weight that two modules share counts once; a head that was left behind is found."""
    model = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.Linear(4, 5, bias=False))
    model[1].weight = model[0].weight
    save_file({"model.embed_tokens.weight": model[0].weight.detach()}, tmp_path / "model.safetensors")
    for dtype in (torch.float32, torch.bfloat16):
        assert parameters_sum(model.to(dtype)) == stored_sum(tmp_path, dtype, "cpu")
    model[1].weight = torch.nn.Parameter(model[0].weight + 1)
    assert parameters_sum(model) != stored_sum(tmp_path, torch.bfloat16, "cpu")


@pytest.mark.gpu
@NO_GPU
@pytest.mark.parametrize("dtype", TYPES)
def test_a_gpu_gives_the_sum_that_a_cpu_gives(dtype: torch.dtype) -> None:
    weights = drawn(dtype, 3, 1000, 77)
    assert element_sum([weights.cuda()]) == element_sum([weights])


class Rotary(torch.nn.Module):
    """A module with a parameter, a buffer, a tensor that is neither, and a cache that requests change."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(1.0, 7.0))
        self.register_buffer("angles", torch.linspace(0, 1, 5), persistent=False)
        self.table = [torch.full((3,), 2.0), torch.full((3,), 3.0)]
        self.kv_cache = torch.zeros(4)
        save_file({"weight": self.weight.detach().clone()}, folder / "model.safetensors")


def test_a_reload_must_leave_everything_but_parameters_as_it_was(tmp_path: Path) -> None:
    model = Rotary(tmp_path)
    constants = constants_sum(model)

    def fault() -> str:
        return fault_of(model, tmp_path, torch.float32, "cpu", constants)

    model.kv_cache += 1
    assert fault() == ""
    for other in (model.angles, model.table[1]):
        before = other.clone()
        other[-1] += 1
        assert "not parameters" in fault()
        other.copy_(before)
        assert fault() == ""
    with torch.no_grad():
        model.weight[0] = 9.0
    assert "not those of the checkpoint" in fault()
    assert constants_sum(model) == constants
