import pytest
import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backends import choose_backend, open_backend
from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from tests.cuda_device import NO_GPU


def test_a_cpu_gets_transformers():
    assert choose_backend("auto", "cpu") == "transformers"


@pytest.mark.gpu
@NO_GPU
def test_a_gpu_gets_vllm_where_it_is_installed():
    assert choose_backend("auto") == ("vllm" if vllm_is_installed() else "transformers")


def test_a_name_is_taken_as_it_is():
    assert choose_backend("vllm", "cpu") == "vllm"


def test_transformers_opens_a_folder(tiny_base):
    backend = open_backend(tiny_base, "transformers", device="cpu", dtype=torch.bfloat16)
    assert backend.name.startswith("transformers ")
    assert backend.name.endswith(" bfloat16 cpu")


@pytest.mark.skipif(vllm_is_installed(), reason="vLLM is installed")
def test_without_vllm_its_backend_says_how_to_get_it(tiny_base):
    with pytest.raises(SettingsError, match=r"pip install .skillprobe\[vllm\]"):
        open_backend(tiny_base, "vllm")


def test_a_server_needs_an_address(tiny_base):
    with pytest.raises(SettingsError, match="needs the address of a server"):
        open_backend(tiny_base, "openai-server")
