import pytest
import torch

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backends import check_usable, choose_backend, open_backend
from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watch_runs import watch_runs
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


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"device": "cuda:99"}, "device 'cuda:99' is not available"),
        ({"backend": "openai-server", "device": "cpu"}, "needs the address of a server"),
        ({"backend": "openai-server", "url": "http://127.0.0.1:9", "api_key_variable": "NO_KEY"}, "NO_KEY"),
    ],
)
def test_settings_that_this_machine_cannot_follow_are_refused_before_anything_starts(tmp_path, settings, cause):
    compute = ComputeSettings(**settings)
    with pytest.raises(SettingsError, match=cause):
        check_usable(compute)
    project = Project(Settings(compute=compute), Store(tmp_path / "home"))
    with pytest.raises(SettingsError, match=cause):
        next(watch_runs(project, once=True, every=1))
    assert not (tmp_path / "home").exists()
    check_usable(ComputeSettings())
