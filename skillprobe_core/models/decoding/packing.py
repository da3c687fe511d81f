"""Linear weights repacked for a CPU's bfloat16 products while a model decodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeGuard

import torch
from transformers import PreTrainedModel

# The copies are as large as the weights. For a larger model, memory matters more than the time saved.
MOST_BYTES = 2 * 2**30


@contextmanager
def packed_linears(model: PreTrainedModel) -> Iterator[None]:
    """Within the block, let a bfloat16 model's linear layers on a CPU use copies of their weights packed once.

    Otherwise torch repacks a weight for each product, which takes as long as the product itself when a step has few
    rows. The results are bit-identical. Other types, other devices and models larger than `MOST_BYTES` are left alone,
    and the layers are restored afterwards.
    """
    layers = [layer for layer in model.modules() if _fits(layer)]
    size = sum(layer.weight.nbytes for layer in layers)
    known = torch._C._has_mkldnn and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if not layers or size > MOST_BYTES or not known:
        yield
        return
    try:
        for layer in layers:
            vars(layer)["forward"] = _product(layer)
        yield
    finally:
        for layer in layers:
            vars(layer).pop("forward", None)


def _fits(layer: torch.nn.Module) -> TypeGuard[torch.nn.Linear]:
    """True for a plain bfloat16 linear layer on a CPU whose forward has not been replaced."""
    if type(layer) is not torch.nn.Linear or "forward" in vars(layer):
        return False
    return layer.weight.dtype == torch.bfloat16 and layer.weight.device.type == "cpu"


@torch.no_grad()
def _product(layer: torch.nn.Linear) -> Callable[[torch.Tensor], torch.Tensor]:
    weight, bias = torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach(), None), layer.bias
    product = torch.ops.mkldnn._linear_pointwise.default

    def forward(states: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = product(states, weight, bias, "none", [], "")
        return answer

    return forward
