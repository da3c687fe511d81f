"""Gradients of one step, computed by several single-threaded processes.

On a busy machine two single-threaded processes are much faster than one process with two threads, which wait for each
other after every operation. The processes share the weights; each takes the next batch of the step when it is free.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from types import TracebackType
from typing import Any, Self, cast

import torch
from torch import Tensor, multiprocessing
from torch.nn.functional import cross_entropy
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from skillprobe_core.machine.allocator import keep_freed_memory
from skillprobe_core.machine.fast_number_types import bfloat16_is_fast

from .batches import IGNORED, Batch

# For rows of about a hundred tokens the fused kernel's backward pass is slower on a CPU than plain products.
_ATTENTION = "eager"


def loss_sum(network: LlamaForCausalLM, batch: Batch) -> Tensor:
    """Cross entropy in nats, summed over the completion tokens, as a scalar. Only their logits are computed."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16_is_fast()):
        hidden = network.model(input_ids=batch.ids, use_cache=False).last_hidden_state
        wanted = batch.targets != IGNORED
        logits = network.lm_head(hidden[wanted])
    return cross_entropy(logits.float(), batch.targets[wanted], reduction="sum")


def _accumulate(network: LlamaForCausalLM, batches: Sequence[Batch], taken: Synchronized[int]) -> float:
    total = 0.0
    while True:
        with taken.get_lock():
            place = taken.value
            taken.value += 1
        if place >= len(batches):
            return total
        loss = loss_sum(network, batches[place])
        torch.autograd.backward(loss)
        total += loss.item()


def _serve(
    connection: Connection, config: LlamaConfig, weights: list[Tensor], flat: Tensor, taken: Synchronized[int]
) -> None:
    os.setsid()  # an interrupt typed at the terminal is for the main process; this one ends with its connection
    keep_freed_memory()
    torch.set_num_threads(1)
    network = AutoModelForCausalLM.from_config(config)
    network.set_attn_implementation(_ATTENTION)
    for parameter, shared in zip(network.parameters(), weights, strict=True):
        parameter.data = shared
    while (batches := _received(connection)) is not None:
        network.zero_grad(set_to_none=False)
        total = _accumulate(network, batches, taken)
        torch.cat([_gradient(parameter).flatten() for parameter in network.parameters()], out=flat)
        connection.send(total)


def _received(connection: Connection) -> Sequence[Batch] | None:
    try:
        batches: Sequence[Batch] | None = connection.recv()
    except EOFError:
        return None
    return batches


def _gradient(parameter: Tensor) -> Tensor:
    return torch.zeros_like(parameter) if parameter.grad is None else parameter.grad


class Gradients:
    """Context manager that computes gradients of a network with its weights in shared memory."""

    def __init__(self, network: LlamaForCausalLM, workers: int) -> None:
        """Start the processes; `workers` includes this process."""
        self._network = network
        self._parameters = list(network.parameters())
        network.share_memory()
        network.set_attn_implementation(_ATTENTION)
        context = multiprocessing.get_context("spawn")
        self._taken = cast("Synchronized[int]", context.Value("i", 0))
        self._helpers: list[tuple[Connection, Tensor, Any]] = []
        for _ in range(workers - 1):
            here, there = context.Pipe()
            flat = torch.zeros(sum(parameter.numel() for parameter in self._parameters)).share_memory_()  # type: ignore[no-untyped-call]
            weights = [parameter.data for parameter in self._parameters]
            process = context.Process(
                target=_serve, args=(there, network.config, weights, flat, self._taken), daemon=True
            )
            process.start()
            there.close()
            self._helpers.append((here, flat, process))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection, _, process in self._helpers:
            if process.is_alive():
                connection.send(None)
            process.join(timeout=20)

    def compute(self, batches: Sequence[Batch]) -> float:
        """Set `grad` of every parameter to the mean over the batches' completion tokens; returns the mean loss."""
        self._taken.value = 0
        for connection, _, _ in self._helpers:
            connection.send(batches)
        self._network.zero_grad(set_to_none=False)
        total = _accumulate(self._network, batches, self._taken)
        tokens = sum(int((batch.targets != IGNORED).sum()) for batch in batches)
        for connection, flat, _ in self._helpers:
            total += connection.recv()
            parts = torch.split(flat, [parameter.numel() for parameter in self._parameters])
            for parameter, part in zip(self._parameters, parts, strict=True):
                parameter.grad = _gradient(parameter).add_(part.view_as(parameter))
        for parameter in self._parameters:
            if parameter.grad is not None:
                parameter.grad.div_(tokens)
        return total / tokens
