"""Checkpoint folders of NeMo-RL: `step_N/policy/weights/` with `step_N/policy/tokenizer/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.sharded_folder import is_sharded

from . import completeness
from .layout import Conversion, Found, Layout, is_folder, names_in, numbered, quoted
from .stored_weights import readable, sharded

FOLDER = "step_{step}"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `step_N` with a policy's weights.

    NeMo-RL writes to `tmp_step_N` and renames that folder at the end, so one of this name is complete. Weights are read
    from the consolidated folder of the DTensor worker (v2), from shards of either version, from an adapter, or from
    Hugging Face files in `weights/`.
    """
    for step, folder in numbered(root, FOLDER):
        policy = folder / "policy"
        if is_folder(policy / "weights"):
            model, conversion = model_in(policy / "weights", folder)
            tokenizer = policy / "tokenizer"
            files = ModelFiles(folder, model, model, tokenizer if is_folder(tokenizer) else model)
            if is_sharded(model):
                files = files.borrowing()
            yield Found(root, step, files, completeness.rename(), conversion)


def model_in(weights: Path, folder: Path) -> tuple[Path, Conversion | None]:
    """The folder that holds a policy's model, and the conversion if that cannot be read."""
    model = weights / "model"
    for place in (model / "consolidated", model, weights):
        if readable(names_in(place)):
            return place, None
    for place in (model, weights):
        if is_sharded(place) or sharded(names_in(place)):
            return place, None
    iterations = sorted(name for name in names_in(weights) if name.startswith("iter_"))
    if not iterations:
        return weights, None
    return weights, Conversion(
        "the weights are Megatron shards",
        f"uv run --extra mcore examples/converters/convert_megatron_to_hf.py --config {quoted(folder / 'config.yaml')} "
        f"--megatron-ckpt-path {quoted(weights / iterations[-1])} --hf-ckpt-path OUT",
    )


LAYOUT = Layout(
    name="nemo_rl",
    looks_for="step_N/policy/weights/",
    find=find,
    order=24,
    entries=("step_*",),
    trainers="NeMo-RL",
    complete="the folder was renamed from tmp_step_N",
    parts="weights and configuration in policy/weights/model/consolidated/, tokenizer in policy/tokenizer/; shards in "
    "policy/weights/ or policy/weights/model/ with the configuration of the base",
    convert="Megatron: uv run --extra mcore examples/converters/convert_megatron_to_hf.py --config step_N/config.yaml "
    "--megatron-ckpt-path step_N/policy/weights/iter_0000000 --hf-ckpt-path OUT",
    signs=("step_*", "step_*/policy", "step_*/policy/weights"),
)
