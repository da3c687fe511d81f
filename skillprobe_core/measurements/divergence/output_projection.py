"""A model's output projection, from final hidden states to logits, recomputed in fp32."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
from torch import Tensor, nn
from transformers.generation import GenerationMixin

from skillprobe_core.errors import CheckpointError

from .half_products import exact_half_products, half_product

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONVERTED_ROWS = 2048  # rows of a half-precision weight held in fp32 at a time


@dataclass(frozen=True, slots=True)
class Head:
    """An output projection: `softcap * tanh(scale * (W h + b) / softcap)`, without the tanh if softcap is None.

    weight: (vocabulary, width) in its stored dtype; bias: (vocabulary,) or None.
    """

    weight: Tensor
    bias: Tensor | None
    scale: float
    softcap: float | None

    @property
    def vocabulary(self) -> int:
        """Number of logits."""
        return self.weight.shape[0]

    def of_rows(self, rows: Sequence[int]) -> Head:
        """The same projection restricted to some tokens, in the given order; a range is a view."""
        if isinstance(rows, range):
            chosen: slice | Tensor = slice(rows.start, rows.stop, rows.step)
        else:
            chosen = torch.tensor(rows, dtype=torch.long, device=self.weight.device)
        return replace(self, weight=self.weight[chosen], bias=None if self.bias is None else self.bias[chosen])

    def to(self, device: torch.device) -> Head:
        """The same projection on another device."""
        return replace(self, weight=self.weight.to(device), bias=None if self.bias is None else self.bias.to(device))

    def curve(self, logits: Tensor) -> Tensor:
        """Apply scale and soft cap in place to fp32 `logits` of any shape."""
        if self.scale != 1.0:
            logits.mul_(self.scale)
        if self.softcap is not None:
            logits.div_(self.softcap).tanh_().mul_(self.softcap)
        return logits

    def project(self, states: Tensor, out: Tensor | None = None) -> Tensor:
        """fp32 logits (tokens, vocabulary) of final hidden states (tokens, width) of any floating dtype.

        Half-precision values are exact in fp32, so the product is that of the stored weights, rounded once. On a device
        whose product of half-precision matrices with sums in fp32 keeps that accuracy, it is used.
        """
        if states.dtype == self.weight.dtype and exact_half_products(self.weight.device, states.dtype):
            return self._finished(half_product(states.to(self.weight.device), self.weight, out))
        states = states.to(self.weight.device, torch.float32)
        if out is None:
            out = torch.empty(states.shape[0], self.vocabulary, dtype=torch.float32, device=states.device)
        rows = self.vocabulary if self.weight.dtype == torch.float32 else CONVERTED_ROWS
        with _as_many_threads():
            for start in range(0, self.vocabulary, rows):
                part = self.weight[start : start + rows].to(torch.float32)
                _multiply(states, part, out[:, start : start + rows])
        return self._finished(out)

    def _finished(self, out: Tensor) -> Tensor:
        if self.bias is not None:
            out.add_(self.bias.to(torch.float32))
        return self.curve(out)


def _multiply(states: Tensor, weight: Tensor, out: Tensor) -> None:
    if out.device.type == "cpu":
        # NumPy's BLAS is a third faster here than torch's on processors other than Intel's.
        np.matmul(states.detach().numpy(), weight.detach().numpy().T, out=out.detach().numpy())
    else:
        torch.mm(states, weight.T, out=out)


def _as_many_threads() -> AbstractContextManager[object]:
    """NumPy's BLAS with torch's number of threads."""
    limited: AbstractContextManager[object] = _controller().limit(limits=torch.get_num_threads(), user_api="blas")
    return limited


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def output_layer(model: PreTrainedModel) -> nn.Linear:
    """The linear layer that yields the model's logits; raises CheckpointError if there is none.

    A class of several models may have it in its language model alone.
    """
    layer = model.get_output_embeddings()
    if layer is None:
        inner = (each for name, each in model.named_modules() if name and isinstance(each, GenerationMixin))
        layer = next((each.get_output_embeddings() for each in inner), None)
    if not isinstance(layer, nn.Linear) or getattr(model.config, "is_encoder_decoder", False):
        raise CheckpointError(
            f"{type(model).__name__} has no linear output layer over the vocabulary",
            remedy="use a decoder-only causal language model (AutoModelForCausalLM)",
            path=model.name_or_path,
        )
    return layer


def head_of(model: PreTrainedModel) -> Head:
    """The model's output projection, tied or not.

    The operation after the product (a scale, Gemma's soft cap) has a different name in every configuration, so it is
    observed instead: known values replace the layer's output in one forward pass over a single token, and the
    resulting curve is fitted and checked over the whole range. Raises CheckpointError for any other curve.
    """
    layer = output_layer(model)
    vocabulary = layer.weight.shape[0]
    # fp32 for any dtype of the model: the operations after the layer use the dtype of its output.
    probe = torch.linspace(-60.0, 60.0, vocabulary, device=layer.weight.device)
    probe[:2] = torch.tensor([2.0**-10, 2.0**20])[: probe[:2].numel()]
    hook = layer.register_forward_hook(lambda _module, _inputs, output: probe.expand(output.shape))
    try:
        with torch.inference_mode():
            device = model.get_input_embeddings().weight.device
            seen = model(input_ids=torch.zeros(1, 1, dtype=torch.long, device=device), use_cache=False)
    finally:
        hook.remove()
    values = seen.logits.reshape(-1).to(probe)
    scale, top = float(values[0]) * 2.0**10, float(values[1])
    softcap = None if abs(top - scale * 2.0**20) <= 1e-4 * abs(top) else top
    head = Head(
        weight=layer.weight.detach(),
        bias=None if layer.bias is None else layer.bias.detach(),
        scale=scale,
        softcap=softcap,
    )
    if not torch.allclose(head.curve(probe.clone()), values, rtol=1e-4, atol=1e-5):
        raise CheckpointError(
            f"{type(model).__name__} changes the logits after its output layer by something other than a scale or soft "
            "cap, which is not supported",
            remedy="use another model; to have this class supported, open an issue with its config.json",
            path=model.name_or_path,
        )
    return head
