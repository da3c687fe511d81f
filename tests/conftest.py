"""Tiny real checkpoints that all tests may use: random weights of a fixed seed, written by `save_pretrained`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    import polars as pl

    from skillprobe_core.engine.store import Store
    from skillprobe_core.measurements.probe import Probe

# A busy machine is no fault of the code: examples have no time limit, and they are the same in every run.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

TEXTS = (
    "What is 12 + 30? Work step by step. 12 + 30 = 42\nAnswer: 42\n",
    "Which letter comes after b? The alphabet goes a, b, c.\nAnswer: c\n",
    "How many numbers from 1 to 9 are even? 2, 4, 6, 8: four of them.\nAnswer: 4\n",
    "x = 3\nx = x * 2\nprint(x)\nx is 6.\nAnswer: 6\n",
)


def write_tiny_base(folder: Path, seed: int = 0) -> Path:
    """A Qwen2 of two layers (about 40,000 parameters, vocabulary of 300) with its tokenizer, as float32 safetensors."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from tools.base_model.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(TEXTS, vocabulary_size=300, context=512)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = Qwen2ForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_tiny_checkpoint(run: Path, base: Path, step: int, seed: int = 0) -> Path:
    """`run/checkpoint-STEP` as the Hugging Face Trainer leaves it: the base, each weight moved a little by noise.

    Every second row of each matrix stays as it is, so that updates are sparse. `trainer_state.json` comes last.
    """
    import torch
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    folder = run / f"checkpoint-{step}"
    model = AutoModelForCausalLM.from_pretrained(base)
    noise = torch.Generator().manual_seed(1000 * seed + step)
    with torch.no_grad():
        for weight in model.parameters():
            moved = weight[::2] if weight.ndim > 1 else weight
            moved += 0.002 * step**0.5 * torch.randn(moved.shape, generator=noise)
    model.save_pretrained(folder)
    PreTrainedTokenizerFast.from_pretrained(base).save_pretrained(folder)
    (folder / "training_args.bin").write_bytes(b"not a pickle: nobody may open this")
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": step, "log_history": []}))
    return folder


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base checkpoint; do not change it (copy it first)."""
    return write_tiny_base(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def tiny_run(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder tuned from `tiny_base` with checkpoint-10 and checkpoint-20; do not change it (copy it first)."""
    run = tmp_path_factory.mktemp("runs") / "tiny-sft"
    for step in (10, 20):
        write_tiny_checkpoint(run, tiny_base, step)
    return run


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store of two runs with planted changes (`planted_study.py`); do not change it (copy it first)."""
    from tests.planted_study import write_study

    return write_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def measured_noise(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Probe, pl.DataFrame]:
    """The noise floor of `tiny_base`, measured once in a store of its own, and the probe."""
    from skillprobe_core.benchmark.item_settings import ItemSettings
    from skillprobe_core.engine.store import Store
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.models.backend import SamplingSettings
    from skillprobe_core.models.model_settings import ComputeSettings
    from skillprobe_core.project.noise_of_checkpoint import noise_floor
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.settings import Settings
    from skillprobe_core.runs.checkpoint import Checkpoint

    kinds = ("column_sum", "energy_levels", "numbers_in_range", "contradiction")
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=2, kinds=kinds),
        sampling=SamplingSettings(max_new_tokens=6, temperature=0.7, samples=2),
        compute=ComputeSettings(backend="transformers", device="cpu"),
    )
    base = Checkpoint.in_folder("tiny", 0, tiny_base, "base")
    probe = Probe(base, base, Project(settings, Store(tmp_path_factory.mktemp("noise"))))
    return probe, noise_floor(probe)[0]
