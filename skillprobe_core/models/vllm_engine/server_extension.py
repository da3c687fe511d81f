"""The part of a reloading server that runs inside vLLM: an extension of its worker.

A server that takes the weights of one checkpoint after the other is started with

    VLLM_SERVER_DEV_MODE=1 vllm serve MODEL --worker-extension-cls
        skillprobe_core.models.vllm_engine.server_extension.ServerExtension

in an environment that has skillprobe. vLLM imports this module in its worker, before it loads the model.
`served_weights.py` calls the methods through vLLM's `/collective_rpc`.
"""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from .cpu_weights import keep_cpu_weights
from .engine_messages import Message
from .engine_spec import model_shape
from .engine_weights import constants_sum, fault_of

_LOG = logging.getLogger(__name__)

if not torch.cuda.is_available():
    keep_cpu_weights()


class ServerExtension:
    """Methods that vLLM adds to its worker."""

    vllm_config: Any
    model_runner: Any
    reload_weights: Any

    def skillprobe_facts(self) -> Message:
        """The server's shape, number type, device, limit, and the weights that were loaded last.

        loads: how often weights were loaded since the server started, so that equal numbers mean that none were loaded
        in between. weights: identity of those in it; empty if they are the server's first, or not known.
        """
        config = self.vllm_config.model_config
        loads, weights = self._skillprobe_loaded()
        first, tokenizer = Path(self._skillprobe_first()), Path(config.tokenizer)
        return {
            "version": import_module("vllm").__version__,
            "shape": model_shape(first, tokenizer) if first.is_dir() and tokenizer.is_dir() else "",
            "dtype": str(config.dtype).removeprefix("torch."),
            "device": self._skillprobe_device(),
            "max_length": config.max_model_len,
            "workers": self.vllm_config.parallel_config.world_size_across_dp,
            "loads": loads,
            "weights": weights,
        }

    def skillprobe_load(self, folder: str, weights: str) -> Message:
        """Load the weights in a folder in place of the present ones and check that the model holds them.

        Args:
            folder: Folder of a checkpoint of the same shape, on a file system that the server sees.
            weights: Identity of the weights.

        Returns:
            The facts; `fault` says why the weights cannot be used, and is empty if they can.
        """
        first, model = self._skillprobe_first(), self.model_runner.get_model()
        loads, _ = self._skillprobe_loaded()
        self._skillprobe_last = (loads + 1, "")
        try:
            constants = constants_sum(model)
            self.reload_weights(weights_path=folder)
            fault = fault_of(
                model, Path(folder), self.vllm_config.model_config.dtype, self._skillprobe_device(), constants
            )
        except Exception as error:  # vLLM's own, of many kinds, which must not end its worker
            _LOG.exception("the weights cannot be loaded")
            fault = (str(error).strip() or type(error).__name__).splitlines()[0]
        self._skillprobe_folder = first
        if not fault:
            self._skillprobe_last = (loads + 1, weights)
        return {**self.skillprobe_facts(), "fault": fault}

    def _skillprobe_loaded(self) -> tuple[int, str]:
        state: tuple[int, str] = getattr(self, "_skillprobe_last", (0, ""))
        return state

    def _skillprobe_first(self) -> str:
        """The folder of the model that the server was started with; a reload changes vLLM's own note of it."""
        return str(getattr(self, "_skillprobe_folder", self.vllm_config.model_config.model))

    def _skillprobe_device(self) -> str:
        return "cuda" if torch.cuda.is_available() else "cpu"
