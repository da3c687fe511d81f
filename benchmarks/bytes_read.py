"""Bytes of a checkpoint, its base and the checkpoint before it that each stage reads, over three checkpoints.

A random model is probed in one process, as `skillprobe watch` does. `dropped/...`: before each stage the pages of all
weight files are dropped from the page cache (`posix_fadvise`; pages that the process still maps stay), so that every
use of a file counts. `kept/...`: they are dropped once, before a file's first use, as on a machine whose memory holds
two checkpoints. Counted are the bytes of a file that are in the page cache after a stage and were not before it
(`mincore`): the stage fetched them from the disk by reading or by mapping, each page once, with the kernel's
read-ahead. `calls` are all bytes that the process received by reading (`rchar` of /proc/self/io), cached or not, with
code and the store's files. All figures are multiples of the size of the weights of one checkpoint.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Mapping
from pathlib import Path

from skillprobe_core import __version__
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, tables_for
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

from ._figure import emit, row, versions
from ._page_cache import drop, read_by_calls, resident

STEPS = (10, 20, 30)


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per stage and checkpoint, and one per checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks bytes_read", description=__doc__)
    parser.add_argument("--width", type=int, default=256, help="width of the random model (default: %(default)s)")
    parser.add_argument("--stages", action="store_true", help="also print the figures of each stage")
    options = parser.parse_args(arguments)
    for cache in ("dropped", "kept"):
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary)
            _models(root, options.width)
            _run(_project(root), root, cache, stages=options.stages)


def _run(project: Project, root: Path, cache: str, *, stages: bool) -> None:
    weights = [root / "run" / f"checkpoint-{step}" / "model.safetensors" for step in STEPS]
    base = root / "base" / "model.safetensors"
    for file in (base, *weights):
        drop(file)
    for place, step in enumerate(STEPS):
        files = {"base": base, "checkpoint": weights[place]}
        if place:
            files["previous"] = weights[place - 1]
        size, total = weights[place].stat().st_size, dict.fromkeys((*files, "calls"), 0)
        probe = project.probe(f"m/{step}")
        for table in tables_for(probe):
            for file in files.values() if cache == "dropped" else ():
                drop(file)
            before, read = {name: resident(file) for name, file in files.items()}, read_by_calls()
            run_table(table, probe)
            found = {name: max(0, resident(file) - before[name]) for name, file in files.items()}
            found["calls"] = read_by_calls() - read
            total = {name: total[name] + found[name] for name in total}
            if stages:
                _emit(f"{cache}/{step}/{table.name}", found, size)
        _emit(f"{cache}/{step}", total, size)


def _emit(name: str, found: Mapping[str, int], size: int) -> None:
    share = {of: round(count / size, 2) for of, count in found.items()}
    emit(
        row(
            name,
            unit="weights of one checkpoint, fetched from the disk",
            skillprobe=round(sum(share[of] for of in share if of != "calls"), 2),
            threads=1,
            runs=1,
            versions={
                "skillprobe": __version__,
                "Python": platform.python_version(),
                **versions("torch", "transformers"),
            },
            weights_bytes=size,
            multiples=share,
        )
    )


def _models(root: Path, width: int) -> None:
    """A random base of four layers and three checkpoints of it, an hour old."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from tools.base_model.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(("What is 12 + 30? Answer: 42\n", "x = 3\nprint(x)\nAnswer: 3\n"), 300, 1024)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(config)
    for folder in (root / "base", *(root / "run" / f"checkpoint-{step}" for step in STEPS)):
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        if folder.name != "base":
            (folder / "trainer_state.json").write_text(f'{{"global_step": {folder.name.partition("-")[2]}}}')
        for file in folder.iterdir():
            os.utime(file, (file.stat().st_mtime - 3600,) * 2)
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.001 * torch.randn_like(weight))


def _project(root: Path) -> Project:
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
        sampling=SamplingSettings(max_new_tokens=4),
        settle_seconds=0,
        runs=(RunSettings(folder=root / "run", base=root / "base", model="m"),),
    )
    return Project(settings, Store(root / "store"))


if __name__ == "__main__":
    main()
