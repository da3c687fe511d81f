"""The memory of a model, before it is loaded: exact for weights and cache."""

from dataclasses import replace

import pytest
import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.models import memory_plan as module
from skillprobe_core.models.memory_batches import cache_bytes
from skillprobe_core.models.memory_plan import MemoryPlan, check_fits, devices_needed, memory_plan
from skillprobe_core.models.model_loading import load_model, release_model
from tests.cuda_device import NO_GPU

CPU = torch.device("cpu")
PLAN = MemoryPlan("cuda", 6 * 2**30, 2**20, 2**29, 10 * 2**30)


@pytest.mark.parametrize("dtype", [None, torch.float32, torch.bfloat16])
def test_weights_and_cache_are_those_of_the_loaded_model(tiny_base, dtype):
    plan = memory_plan(tiny_base, dtype, CPU)
    model = load_model(tiny_base, dtype, "cpu")
    held = {each.data_ptr(): each.nbytes for each in model.parameters()}
    assert plan.weights == pytest.approx(sum(held.values()), rel=0.02)
    assert plan.per_token == cache_bytes(model.config, model.dtype.itemsize)
    assert plan.fits
    assert plan.workspace > module.logits_bytes(CPU)


def test_rows_share_half_of_what_the_weights_leave():
    assert PLAN.rows(1024) == 2
    assert PLAN.line(1024) == (
        "memory on cuda: weights 6.00 GiB, workspace about 0.50 GiB of 10.00 GiB free; cache 1 MiB per token, "
        "room for 2 rows of 1,024 tokens"
    )
    unknown = replace(PLAN, free=None)
    assert unknown.fits
    assert unknown.line(9).endswith("workspace about 0.50 GiB; cache 1 MiB per token")


def test_a_model_without_room_is_refused_before_it_is_read(tiny_base, monkeypatch):
    release_model()
    monkeypatch.setattr(module, "free_bytes", lambda _: 1000)
    with pytest.raises(SettingsError, match=r"for its weights alone, and 0\.00 GiB are free") as refused:
        load_model(tiny_base, torch.float32, "cpu")
    assert "another machine" in refused.value.remedy
    with pytest.raises(SettingsError, match=r"needs 6\.00 GiB on cuda.* 5\.99 GiB are free") as refused:
        check_fits(replace(PLAN, free=6 * 2**30 - 10**7), tiny_base)
    assert 'set device = "cpu"' in refused.value.remedy


def test_a_model_is_spread_over_the_fewest_devices_on_which_it_fits():
    gib = 2**30
    assert [devices_needed(PLAN, memory * gib, 1024) for memory in (80, 8, 7, 4, 2, 1)] == [1, 1, 2, 2, 8, 16]
    for memory in range(gib, 40 * gib, gib // 3):
        needed = devices_needed(PLAN, memory, 4096)
        assert PLAN.weights + 4096 * PLAN.per_token <= needed * (memory - PLAN.workspace)
        if needed > 1:
            assert PLAN.weights + 4096 * PLAN.per_token > needed // 2 * (memory - PLAN.workspace)


@pytest.mark.gpu
@NO_GPU
def test_a_plan_for_a_gpu_is_that_of_its_memory(tiny_base):
    release_model()
    device = torch.device("cuda", torch.cuda.current_device())
    plan = memory_plan(tiny_base, torch.bfloat16, device)
    assert plan.device == "cuda"
    assert 0 < plan.free <= torch.cuda.get_device_properties(device).total_memory
    assert plan.fits
    assert plan.rows(64) >= 1
    before = torch.cuda.memory_allocated(device)
    load_model(tiny_base, torch.bfloat16, "cuda")
    assert torch.cuda.memory_allocated(device) - before == pytest.approx(plan.weights, rel=0.5), "rounded up per tensor"
    release_model()
    with pytest.raises(SettingsError, match=r"GiB on cuda for its weights alone"):
        check_fits(replace(plan, weights=plan.free), tiny_base)
