"""vLLM's engine inside its process: started once, then given weights and requests."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import torch

from skillprobe_core.models.repetition import LONGEST_BLOCK, REPEATS, SHORTEST_BLOCK

from .cpu_weights import keep_cpu_weights
from .engine_messages import Message
from .engine_spec import EngineSpec
from .engine_weights import constants_sum, fault_of

_QUIET = {"VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "WARNING"}
# Without these settings vLLM reserves most of the machine's memory for its cache and binds threads to cores.
_ON_CPU = {"VLLM_CPU_KVCACHE_SPACE": "2", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "TORCHDYNAMO_DISABLE": "1"}


_ALL_CLASSES = " Supported architectures:"  # several hundred names follow
_PYDANTIC = re.compile(r"\d+ validation errors? for ")


class NotTakenError(Exception):
    """The engine does not hold the weights that were loaded into it."""


class EngineHost:
    """An engine with the weights that are in it.

    For a LoRA adapter the engine holds the base's weights and applies the adapter at run time: nothing is merged.
    """

    def __init__(self, spec: EngineSpec) -> None:
        """Start an engine; raises what vLLM raises for a model that it cannot run."""
        on_gpu = torch.cuda.is_available()
        for name, value in {**_QUIET, **({} if on_gpu else _ON_CPU)}.items():
            os.environ.setdefault(name, value)
        self._vllm = import_module("vllm")
        if spec.reloads and not on_gpu:
            keep_cpu_weights()
        self._sleeps = on_gpu and spec.reloads and can_sleep()
        free = free_memory()
        options: dict[str, object] = {"enable_sleep_mode": True} if self._sleeps else {}
        if spec.text_only:
            options["language_model_only"] = True
        if spec.rank:
            options |= {"enable_lora": True, "max_loras": 1, "max_lora_rank": _offered_rank(spec.rank)}
        self._llm: Any = self._vllm.LLM(
            spec.folder,
            tokenizer=spec.tokenizer,
            dtype=spec.dtype,
            max_model_len=spec.max_length,
            enforce_eager=not on_gpu,
            generation_config="vllm",  # not the checkpoint's own sampling defaults
            disable_log_stats=True,
            gpu_memory_utilization=spec.memory_share,
            tensor_parallel_size=spec.parallel,
            **options,
        )
        self._taken = free - free_memory()
        self._constants: int = self._llm.apply_model(constants_sum)[0] if spec.reloads else 0
        config = self._llm.llm_engine.model_config
        self._dtype: torch.dtype = config.dtype
        self._device = "cuda" if on_gpu else "cpu"
        self.max_length: int = config.max_model_len
        self._spec, self._weights, self._adapter = spec, spec.weights, ""
        self._lora: Any = None
        self._loras = self._requests = 0
        self._open: dict[str, int] = {}
        self._take_adapter(spec)

    @property
    def facts(self) -> Message:
        """The engine's shape, version, number type, device, limit and process."""
        return {
            "shape": self._spec.shape,
            "version": self._vllm.__version__,
            "dtype": str(self._dtype).removeprefix("torch."),
            "device": self._device,
            "max_length": self.max_length,
            "pid": os.getpid(),
        }

    def load(self, spec: EngineSpec) -> str:
        """Put the weights of `spec`, which has the engine's shape, into the engine.

        Returns `same` if they were there, else `reloaded`. Raises NotTakenError if the engine does not hold them
        afterwards, and what vLLM raises.
        """
        how = "same"
        if spec.weights != self._weights:
            self._weights = ""
            if self._sleeps:
                self._llm.wake_up(tags=["weights"])
            self._llm.collective_rpc("reload_weights", kwargs={"weights_path": spec.folder})
            rest = (Path(spec.folder), self._dtype, self._device, self._constants)
            for fault in self._llm.apply_model(lambda model: fault_of(model, *rest)):
                if fault:
                    raise NotTakenError(fault)
            if self._sleeps:
                self._llm.wake_up()
            if not self._llm.reset_prefix_cache():
                raise NotTakenError("the cache of the earlier weights cannot be emptied")
            self._weights, self._adapter, how = spec.weights, "", "reloaded"
        if spec.adapter_weights != self._adapter:
            self._take_adapter(spec)
            how = "reloaded"
        return how

    def rest(self) -> bool:
        """Stop all requests and give the memory of a GPU back; False if it was not given back.

        Memory counts as given back if most of what the engine took at its start is free again.
        """
        self.drop()
        if self._device == "cpu" or (self._sleeps and not self._weights):
            return True
        if not self._sleeps:
            return False
        before = free_memory()
        self._llm.sleep(level=2)
        self._weights = self._adapter = ""
        return free_memory() - before > self._taken / 2

    def drop(self) -> None:
        """Stop all requests."""
        if self._open:
            self._llm.llm_engine.abort_request(list(self._open))
            self._open.clear()

    def add(self, number: int, prompt: list[int], options: Message) -> None:
        """Add a request under a number."""
        engine = self._llm.llm_engine
        params = self._vllm.SamplingParams(
            **{name: value for name, value in options.items() if name != "stop_loops"},
            output_kind=import_module("vllm.sampling_params").RequestOutputKind.FINAL_ONLY,
            **(_loop_options() if options["stop_loops"] else {}),
        )
        name = str(self._requests)
        self._requests += 1
        engine.add_request(name, {"prompt_token_ids": prompt}, params, lora_request=self._lora)
        self._open[name] = number

    @property
    def busy(self) -> bool:
        """True while requests are open."""
        return bool(self._open)

    def step(self) -> Iterator[tuple[int, list[int]]]:
        """Decode one step; the number and the token ids of each request that finished in it."""
        for output in self._llm.llm_engine.step():
            if output.finished and output.request_id in self._open:
                yield self._open.pop(output.request_id), list(output.outputs[0].token_ids)

    def _take_adapter(self, spec: EngineSpec) -> None:
        """Load the adapter of `spec` in place of the present one, under a number of its own."""
        engine = self._llm.llm_engine
        if self._lora is not None:
            engine.remove_lora(self._lora.lora_int_id)
            self._lora = None
        if spec.adapter:
            self._loras += 1
            request = import_module("vllm.lora.request").LoRARequest
            lora = request(f"adapter-{self._loras}", self._loras, spec.adapter)
            engine.add_lora(lora)
            self._lora = lora
        self._adapter = spec.adapter_weights


def can_sleep() -> bool:
    """Report if vLLM can give the memory of this GPU back, so that other processes can use the GPU."""
    platform = import_module("vllm.platforms").current_platform
    if not (platform.is_sleep_mode_available() and platform.is_cumem_allocator_available()):
        return False
    return not _is_exclusive()


def free_memory() -> int:
    """Bytes that are free on the GPU; 0 without one."""
    return int(torch.cuda.mem_get_info()[0]) if torch.cuda.is_available() else 0


def _is_exclusive() -> bool:
    """Report if the GPU is set to serve one process at a time, as on some clusters; False if that cannot be read."""
    try:
        nvml = import_module("vllm.utils.import_utils").import_pynvml()
        nvml.nvmlInit()
        handle = nvml.nvmlDeviceGetHandleByUUID(f"GPU-{torch.cuda.get_device_properties(0).uuid}")
        return bool(nvml.nvmlDeviceGetComputeMode(handle) == nvml.NVML_COMPUTEMODE_EXCLUSIVE_PROCESS)
    except Exception:  # NVML's own, of many kinds; no NVML on other platforms
        return False


def refusal(error: BaseException, architecture: str) -> str:
    """The cause why vLLM cannot run a checkpoint, in one line that names the architecture if vLLM has none for it."""
    lines = (str(error).strip() or type(error).__name__).splitlines()
    # Pydantic's first line only counts the errors.
    counted = _PYDANTIC.match(lines[0]) and len(lines) > 1
    cause = lines[1].strip().removeprefix("Value error, ").partition(" [type=")[0] if counted else lines[0]
    cause = cause.partition(_ALL_CLASSES)[0]
    try:
        known = import_module("vllm.model_executor.models.registry").ModelRegistry.get_supported_archs()
    except ImportError:
        return cause
    lacks = f"it has no implementation of its own of the architecture {architecture}"
    return cause if architecture in known else f"{lacks}; {cause}"


def _offered_rank(rank: int) -> int:
    """The lowest of vLLM's limits for ranks that is not below `rank`; raises ValueError if there is none."""
    ranks = sorted(get_args(import_module("vllm.config.lora").MaxLoRARanks))
    fitting = [each for each in ranks if each >= rank]
    if not fitting:
        raise ValueError(f"the adapter has rank {rank}, but vLLM accepts at most {ranks[-1]}")
    return int(fitting[0])


def _loop_options() -> dict[str, object]:
    """Sampling options that end a completion by the rule of `repetition.py`; empty in a vLLM that has none.

    Completions are then cut by the same rule once they are finished.
    """
    offered = getattr(import_module("vllm.sampling_params"), "RepetitionDetectionParams", None)
    if offered is None:
        return {}
    rule = offered(max_pattern_size=LONGEST_BLOCK, min_pattern_size=SHORTEST_BLOCK, min_count=REPEATS)
    return {"repetition_detection": rule}
