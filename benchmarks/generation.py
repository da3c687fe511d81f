"""Completions per second: skillprobe compared with lm-evaluation-harness, plain `generate` and raw vLLM, on one model.

Every engine gets the same prompts of mixed lengths (token for token), the same limit and the same number of threads,
decodes greedily, and runs in its own process; runs take turns. `--peer-python` is a Python with lm-eval,
`--vllm-python` one with vLLM, the requirements of skillprobe and lm-eval. Engines that cannot be imported there are
left out, with a message.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from skillprobe_core.machine.fast_number_types import bfloat16_is_fast

ROOT = Path(__file__).parent.parent
WORKER = Path(__file__).parent / "peers" / "generation_worker.py"
# figure: (ours, peer)
FIGURES = {
    "vs_lm_eval_hf": ("skillprobe transformers", "lm_eval hf"),
    "vs_lm_eval_vllm": ("skillprobe vllm", "lm_eval vllm"),
    "vs_generate": ("skillprobe transformers", "generate"),
    "vs_raw_vllm": ("skillprobe vllm", "vllm"),
}


@dataclass
class Engine:
    """A worker process with its measurements."""

    name: str
    process: subprocess.Popen[str]
    versions: dict[str, str] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    processor_seconds: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    peak_bytes: int = 0

    def read(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} failed with status {self.process.wait()}; its log is above")
        return json.loads(line)

    def run(self, *, counts: bool) -> None:
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        answer = self.read()
        self.texts, self.peak_bytes = answer["texts"], answer["peak_bytes"]
        if counts:
            self.seconds.append(answer["seconds"])
            self.processor_seconds.append(answer["processor_seconds"])


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line for each figure: our items per second, the peer's, and the ratio."""
    options = _options(arguments)
    pythons = {"lm_eval hf": options.peer_python} | dict.fromkeys(
        ("skillprobe vllm", "lm_eval vllm", "vllm"), options.vllm_python
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "asked.json"
        file.write_text(json.dumps(_asked(options)))
        engines: dict[str, Engine] = {}
        try:
            for name in dict.fromkeys(name for figure in options.figures for name in FIGURES[figure]):
                python = pythons.get(name, sys.executable)
                if lacking := _lacking(name, python):
                    print(f"{name} is left out: {python} has no {lacking}", file=sys.stderr)
                    continue
                engines[name] = _start(name, python, options, file)
            for each in engines.values():
                each.run(counts=False)  # one-time work (choice of kernels, allocation of memory) is not measured
            for number in range(options.runs):
                for each in engines.values():
                    each.run(counts=True)
                took = ", ".join(f"{each.name} {each.seconds[-1]:.1f} s" for each in engines.values())
                print(f"run {number + 1} of {options.runs}: {took}", file=sys.stderr, flush=True)
        finally:
            for each in engines.values():
                each.process.stdin.close()
                each.process.wait()
    for figure in options.figures:
        ours, peer = FIGURES[figure]
        if ours in engines and peer in engines:
            print(json.dumps(_line(figure, engines[ours], engines[peer], options)))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    home = Path(os.environ.get("SKILLPROBE_HOME") or ROOT / ".skillprobe")
    parser.add_argument(
        "--model", type=Path, default=home / "models" / "smollm2", help="folder of a checkpoint with a chat template"
    )
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--vllm-python", default=sys.executable)
    parser.add_argument("--dtype", default="bfloat16" if bfloat16_is_fast() else "float32")
    parser.add_argument("--items", type=int, default=48)
    parser.add_argument("--max-new-tokens", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=16, help="batch size of lm-eval's hf and of generate")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--figures", nargs="+", choices=FIGURES, default=list(FIGURES))
    options = parser.parse_args(arguments)
    if not (options.model / "config.json").is_file():
        raise SystemExit(
            f"{options.model} is not a checkpoint folder\n"
            "  Remedy: run `skillprobe models fetch smollm2`, or give the folder of a checkpoint with --model"
        )
    return options


def _asked(options: argparse.Namespace) -> dict:
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


def _lacking(name: str, python: str) -> str | None:
    needed = ["vllm"] * ("vllm" in name) + ["lm_eval"] * ("lm_eval" in name) + ["polars"] * ("skillprobe" in name)
    for module in needed:
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        if subprocess.run([python, "-c", code], check=False).returncode:
            return module
    return None


def _start(name: str, python: str, options: argparse.Namespace, file: Path) -> Engine:
    threads = str(options.threads)
    settings = {
        "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT),
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "VLLM_CPU_KVCACHE_SPACE": "2",
        "TORCHDYNAMO_DISABLE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "ERROR",
    }  # fmt: skip
    command = [python, str(WORKER), name, str(options.model), options.dtype, str(file)]
    process = subprocess.Popen(
        command, env=os.environ | settings, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    engine = Engine(name, process)
    engine.versions = engine.read()["versions"]
    return engine


def _line(figure: str, ours: Engine, peer: Engine, options: argparse.Namespace) -> dict:
    speeds = [options.items / statistics.median(each.seconds) for each in (ours, peer)]
    busy = [statistics.median(each.processor_seconds) for each in (ours, peer)]
    same = sum(one.strip() == other.strip() for one, other in zip(ours.texts, peer.texts, strict=True))
    return {
        "name": figure,
        "unit": f"items per second, {options.items} prompts of mixed lengths, up to {options.max_new_tokens} tokens",
        "ours": round(speeds[0], 3),
        "peer": peer.name,
        "peer_figure": round(speeds[1], 3),
        "ratio": round(speeds[0] / speeds[1], 2),
        # If other processes run as well, processor time is more informative: with one thread it excludes waiting.
        "processor_seconds": round(busy[0], 2),
        "peer_processor_seconds": round(busy[1], 2),
        "processor_ratio": round(busy[1] / busy[0], 2),
        "threads": options.threads,
        "runs": options.runs,
        "model": options.model.name,
        "dtype": options.dtype,
        "peer_batch_size": options.batch_size if "vllm" not in peer.name else "its own",
        "same_texts": f"{same} of {options.items}",
        "peak_mib": round(ours.peak_bytes / 2**20),
        "peer_peak_mib": round(peer.peak_bytes / 2**20),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": ours.versions | peer.versions,
    }


if __name__ == "__main__":
    main()
