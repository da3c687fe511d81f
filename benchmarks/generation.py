"""Completions per second of one model: skillprobe compared with lm-evaluation-harness, plain `generate` and raw vLLM.

Every engine gets the same prompts of mixed lengths (token for token), the same limit, the same batch size and the same
number of threads, decodes greedily, and runs in its own process; runs take turns. vLLM chooses its own batches, on both
sides. The model runs in the number type that this processor multiplies fast. Peers are found in the environments that
`make bench-peers` creates; a peer that is not there is named with the reason.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skillprobe_core.machine.fast_number_types import bfloat16_is_fast
from skillprobe_core.machine.processor import cores

from ._figure import emit, emit_missing, row
from ._peer_process import PeerProcess
from .environments import MissingError, model_folder

# figure: (skillprobe's engine, the peer)
FIGURES = {
    "vs_lm_eval_hf": ("skillprobe transformers", "lm_eval hf"),
    "vs_generate": ("skillprobe transformers", "generate"),
    "vs_raw_vllm": ("skillprobe vllm", "vllm"),
    "vs_lm_eval_vllm": ("skillprobe vllm", "lm_eval vllm"),
}
# The environments of engines that do not run in this one.
ENVIRONMENTS = {"lm_eval hf": "lm-eval", "skillprobe vllm": "vllm", "lm_eval vllm": "vllm", "vllm": "vllm"}
SETTINGS = {
    "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_CPU_KVCACHE_SPACE": "2",
    "TORCHDYNAMO_DISABLE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR",
}  # fmt: skip


@dataclass
class Engine:
    """A worker process with its measurements."""

    name: str
    process: PeerProcess
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    peak_bytes: int = 0

    def run(self, *, counts: bool) -> None:
        answer = self.process.ask()
        self.texts, self.peak_bytes = answer["texts"], answer["peak_bytes"]
        if counts:
            self.seconds.append(answer["seconds"])
            self.processor_seconds.append(answer["processor_seconds"])


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line for each figure: items per second of both, and the ratio."""
    options = _options(arguments)
    try:
        options.model = options.model or model_folder()
    except MissingError as error:
        emit_missing("all figures", "model smollm2", error)
        return
    if not (options.model / "config.json").is_file():
        raise SystemExit(f"{options.model} is not a checkpoint folder\n  Remedy: correct --model, or leave it out")
    names = dict.fromkeys(name for figure in options.figures for name in FIGURES[figure])
    engines: dict[str, Engine] = {}
    reasons: dict[str, MissingError] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        file = Path(folder) / "prompts.json"
        file.write_text(json.dumps(_prompts(options)))
        for name in names:
            given = (name, str(options.model), options.dtype, str(file))
            try:
                process = PeerProcess(
                    ENVIRONMENTS.get(name), "generation_worker", *given, threads=options.threads, settings=SETTINGS
                )
            except MissingError as error:
                reasons[name] = error
            else:
                engines[name] = Engine(name, running.enter_context(process))
        for each in engines.values():
            each.run(counts=False)  # one-time work (choice of kernels, allocation of memory) is not measured
        for number in range(options.runs):
            for each in engines.values():
                each.run(counts=True)
            took = ", ".join(f"{each.name} {each.seconds[-1]:.1f} s" for each in engines.values())
            print(f"run {number + 1} of {options.runs}: {took}", file=sys.stderr, flush=True)
    for figure in options.figures:
        missing = next((reasons[name] for name in FIGURES[figure] if name in reasons), None)
        if missing:
            emit_missing(figure, FIGURES[figure][1], missing)
        else:
            own, peer = (engines[name] for name in FIGURES[figure])
            emit(_line(figure, own, peer, options))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks generation", description=__doc__)
    parser.add_argument(
        "--model", type=Path, help="folder of a checkpoint with a chat template (default: SmolLM2-135M-Instruct)"
    )
    fast = "bfloat16" if bfloat16_is_fast() else "float32"
    parser.add_argument("--dtype", default=fast, help=f"number type (default: the fast one of this processor, {fast})")
    parser.add_argument("--items", type=int, default=48)
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument(
        "--batch-size", type=int, help="batch size of lm-eval's hf and of generate (default: all items, as skillprobe)"
    )
    parser.add_argument("--threads", type=int, default=cores())
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--figures", nargs="+", choices=FIGURES, default=list(FIGURES))
    options = parser.parse_args(arguments)
    options.batch_size = options.batch_size or options.items
    return options


def _prompts(options: argparse.Namespace) -> dict[str, Any]:
    """The prompts of items of all kinds and levels, in an order that does not depend on their lengths."""
    from skillprobe_core.benchmark.item_set import build_item_set
    from skillprobe_core.benchmark.kind_registry import KINDS
    from skillprobe_core.models.prompts import encode_prompts
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    tokenizer = load_tokenizer(options.model)
    items = build_item_set(KINDS, levels=(1, 3, 5), per_level=1).sort("item_id").head(options.items)
    prompts = list(encode_prompts(tokenizer, items).values())
    ids = [list(prompt.ids) for prompt in prompts]
    return {
        "ids": ids,
        "shared": [prompt.shared for prompt in prompts],
        "texts": [tokenizer.decode(each) for each in ids],
        "max_new_tokens": options.max_new_tokens,
        "batch_size": options.batch_size,
    }


def _line(figure: str, own: Engine, peer: Engine, options: argparse.Namespace) -> dict[str, object]:
    speeds = [options.items / statistics.median(each.seconds) for each in (own, peer)]
    busy = [statistics.median(each.processor_seconds) for each in (own, peer)]
    same = sum(one.strip() == other.strip() for one, other in zip(own.texts, peer.texts, strict=True))
    return row(
        figure,
        unit="items/s",
        skillprobe=speeds[0],
        peer=peer.name,
        peer_figure=speeds[1],
        ratio=speeds[0] / speeds[1],
        threads=options.threads,
        runs=options.runs,
        versions=own.process.versions | peer.process.versions,
        # If other processes run as well, processor time is more informative: with one thread it excludes waiting.
        processor_seconds=busy[0],
        peer_processor_seconds=busy[1],
        processor_ratio=busy[1] / busy[0],
        items=options.items,
        max_new_tokens=options.max_new_tokens,
        model=options.model.name,
        dtype=options.dtype,
        batch_size="vLLM's own, on both sides" if "vllm" in peer.name else options.batch_size,
        same_texts=f"{same} of {options.items}",
        peak_mib=round(own.peak_bytes / 2**20),
        peer_peak_mib=round(peer.peak_bytes / 2**20),
    )


if __name__ == "__main__":
    main()
