"""The weights of linear layers in vLLM on a CPU."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch


def keep_cpu_weights() -> None:
    """Keep the weights of linear layers as they are, in models that this process loads afterwards.

    vLLM lays them out for oneDNN and drops the parameters. A reload does not do that again for a tied head, and no
    check could read what is used.
    """
    layers: Any = import_module("vllm.model_executor.layers.utils")
    usual = layers.dispatch_cpu_unquantized_gemm

    def dispatch(layer: Any, remove_weight: bool) -> None:  # noqa: ANN401
        if layer.weight.ndim == 2:
            layer.cpu_linear = torch.nn.functional.linear
        else:
            usual(layer, remove_weight)

    layers.dispatch_cpu_unquantized_gemm = dispatch
