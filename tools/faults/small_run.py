"""A small real run: a base, a checkpoint tuned from it, and their evaluation."""

from __future__ import annotations

import json
from pathlib import Path

from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.given_checkpoint import probe_of_folders
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables, tables_for

SETTINGS = """
[items]
levels = [1]
per_level = 2
kinds = ["column_sum"]
[sampling]
max_new_tokens = 3
[divergence]
texts = ["reference", "own"]
[scratch]
free_gigabytes = 0
[compute]
device = "cpu"
backend = "{backend}"
"""
_TEXTS = ("What is 31 + 12? 31 + 12 = 43\nAnswer: 43\n", "Add these numbers: 5, 8. 5 + 8 = 13\nAnswer: 13\n")


def write_models(folder: Path) -> tuple[Path, Path]:
    """Write a base of two layers and a checkpoint of step 10 with other weights; returns their folders."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from tools.base_model.tokenizer import train_tokenizer

    tokenizer = train_tokenizer(_TEXTS, vocabulary_size=280, context=256)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=256, bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    torch.manual_seed(7)
    model = LlamaForCausalLM(config)
    base, checkpoint = folder / "base", folder / "run" / "checkpoint-10"
    for place in (base, checkpoint):
        model.save_pretrained(place)
        tokenizer.save_pretrained(place)
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.01 * torch.randn(weight.shape))
    (checkpoint / "trainer_state.json").write_text(json.dumps({"global_step": 10, "log_history": []}))
    return base, checkpoint


def write_settings(home: Path, backend: str = "transformers", url: str | None = None) -> None:
    """Write the settings of a store, whose folder is created."""
    home.mkdir(parents=True, exist_ok=True)
    text = SETTINGS.format(backend=backend) + ("" if url is None else f'url = "{url}"\n')
    (home / "skillprobe.toml").write_text(text)


def probe_at(home: Path, models: Path) -> Probe:
    """The probe of the checkpoint in the models' folder, for a store."""
    project = Project.at(home)
    return probe_of_folders(
        models / "run" / "checkpoint-10", models / "base", model="run", step=10, method="sft",
        settings=project.settings, store=project.store,
    )  # fmt: skip


def evaluate(home: Path, models: Path, table: str | None = None) -> None:
    """Compute a table of the checkpoint and its base, or all of them, unless they are stored."""
    probe = probe_at(home, models)
    run_tables(probe, None if table is None else [table_named(table)])


def table_names(home: Path, models: Path) -> list[str]:
    """The tables that `evaluate` computes, in order."""
    return [table.name for table in tables_for(probe_at(home, models))]
