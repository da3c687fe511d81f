"""Names and identities of devices: the same GPU has one identity, whatever a process sees."""

import pytest
import torch
from pydantic import ValidationError

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.compute_devices import (
    default_device,
    device_names,
    identities,
    made_visible,
    visible_entries,
)
from skillprobe_core.models.model_settings import ComputeSettings
from tests.cuda_device import NO_GPU

GPUS = ("GPU-a", "GPU-b", "GPU-c", "GPU-d")


def seen_with(visible: str) -> dict[str, str]:
    """The identities in a process that sees some of the GPUs, by number or by UUID."""
    entries = visible_entries(visible)
    there = [GPUS[int(each)] if each.isdigit() else each for each in entries] or GPUS
    return identities([f"cuda:{number}" for number in range(len(there))], visible, uuid=lambda number: there[number])


def test_processes_that_see_other_devices_agree_on_their_identities() -> None:
    assert seen_with("") == {f"cuda:{number}": gpu for number, gpu in enumerate(GPUS)}
    assert seen_with("3,1") == {"cuda:0": "GPU-d", "cuda:1": "GPU-b"}
    assert seen_with("GPU-d, GPU-b") == seen_with("3,1")
    assert seen_with("MIG-1,MIG-2") == {"cuda:0": "MIG-1", "cuda:1": "MIG-2"}
    assert identities(["cpu:0", "cpu:5"], "7") == {"cpu:0": "cpu:0", "cpu:5": "cpu:5"}


def test_another_process_sees_the_same_devices() -> None:
    assert made_visible(["cuda:1", "cuda:0"], "4,6") == "6,4"
    assert made_visible(["cuda:1"], "GPU-a,GPU-b") == "GPU-b"
    assert made_visible(["cuda:2"], "") == "2"
    assert made_visible(["cpu:2"], "") is None
    assert made_visible([]) is None


def test_devices_are_named_or_counted() -> None:
    assert device_names(ComputeSettings()) == ()
    named = ComputeSettings(devices=("cuda:3", "cuda:1"))
    assert (device_names(named), default_device(named)) == (("cuda:3", "cuda:1"), "cuda:3")
    counted = ComputeSettings(device="cpu", devices=3)
    assert (device_names(counted), default_device(counted)) == (("cpu:0", "cpu:1", "cpu:2"), "cpu")
    assert device_names(ComputeSettings(device="cpu", devices="all")) == ("cpu:0",)
    assert default_device(ComputeSettings(device="cuda:1")) == "cuda:1"


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is available")
def test_devices_that_are_not_there_are_a_fault_of_the_settings() -> None:
    assert device_names(ComputeSettings(devices="all")) == ("cpu:0",)
    with pytest.raises(SettingsError, match="devices = 4, and no CUDA device is available") as refused:
        device_names(ComputeSettings(devices=4))
    assert 'device = "cpu"' in refused.value.remedy
    assert len(device_names(ComputeSettings(device="cpu", devices=4))) == 4
    with pytest.raises(SettingsError, match="cuda:0 is not available: 0 CUDA devices are visible"):
        identities(["cuda:0"])


@pytest.mark.gpu
@NO_GPU
def test_every_cuda_device_has_an_identity() -> None:
    names = device_names(ComputeSettings(devices="all"))
    assert len(set(identities(names).values())) == len(names) == torch.cuda.device_count()
    with pytest.raises(SettingsError, match="CUDA devices are visible"):
        device_names(ComputeSettings(devices=1000))


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"devices": ["cuda:0", "cuda:0"]}, "different devices of one type"),
        ({"devices": ["cuda:0", "cpu:0"]}, "different devices of one type"),
        ({"devices": ["cuda:0"], "device": "cpu"}, "contradicts devices"),
        ({"devices": 2, "device": "cuda:1"}, "contradicts devices"),
        ({"devices": 2, "tensor_parallel": 4}, "needs as many"),
        ({"devices": ["cpu:0"], "tensor_parallel": 2}, "needs as many"),
        ({"tensor_parallel": 2}, "needs several"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(given: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        ComputeSettings.model_validate(given)


def test_settings_that_agree_are_taken() -> None:
    for given in ({"devices": "all", "tensor_parallel": 8}, {"devices": ["cpu:1"], "device": "cpu"}, {"devices": 8}):
        ComputeSettings.model_validate(given)


@pytest.mark.parametrize("value", ["al", 0, True, [], ["gpu0"], ["cuda"], ["../0"], [1, 2], 1.5])
def test_what_names_no_devices_is_refused_with_examples(value: object) -> None:
    with pytest.raises(ValidationError, match='devices is "all", a number of devices, or a list of names such as'):
        ComputeSettings.model_validate({"devices": value})


@pytest.mark.parametrize("value", ["two", 0, True])
def test_tensor_parallel_is_a_number(value: object) -> None:
    with pytest.raises(ValidationError, match='tensor_parallel is "auto" or a number of devices'):
        ComputeSettings.model_validate({"devices": "all", "tensor_parallel": value})
