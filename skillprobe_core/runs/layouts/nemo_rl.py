"""Checkpoint folders of NeMo-RL: `step_N/policy/weights/` with `step_N/policy/tokenizer/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Conversion, Found, Layout, names_in, numbered, quoted
from .stored_weights import readable, sharded

FOLDER = "step_{step}"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `step_N` with a policy's weights.

    NeMo-RL writes to `tmp_step_N` and renames that folder at the end, so one of this name is complete. Weights are read
    from the consolidated folder of the DTensor worker (v2), from an adapter, or from Hugging Face files in `weights/`.
    """
    for step, folder in numbered(root, FOLDER):
        policy = folder / "policy"
        if (policy / "weights").is_dir():
            model, conversion = model_in(policy / "weights", folder)
            tokenizer = policy / "tokenizer"
            files = ModelFiles(folder, model, model, tokenizer if tokenizer.is_dir() else model)
            yield Found(root, step, files, completeness.rename(), conversion)


def model_in(weights: Path, folder: Path) -> tuple[Path, Conversion | None]:
    """The folder that holds a policy's model, and the conversion if that cannot be read."""
    model = weights / "model"
    for place in (model / "consolidated", model, weights):
        if readable(names_in(place)):
            return place, None
    if any(name.startswith("shard-") for name in names_in(model)):
        return model, consolidation(model)
    config, source, script = quoted(folder / "config.yaml"), weights, "convert_dcp_to_hf.py"
    option = "--dcp-ckpt-path"
    if not (sharded(names_in(weights)) or sharded(names_in(model))):
        iterations = sorted(name for name in names_in(weights) if name.startswith("iter_"))
        if not iterations:
            return weights, None
        script, option, source = "convert_megatron_to_hf.py", "--megatron-ckpt-path", weights / iterations[-1]
    extra = "--extra mcore " if "megatron" in script else ""
    return weights, Conversion(
        f"the weights are {'Megatron' if extra else 'DCP'} shards",
        f"uv run {extra}examples/converters/{script} --config {config} {option} {quoted(source)} --hf-ckpt-path OUT",
    )


def consolidation(model: Path) -> Conversion:
    """The conversion of safetensors files of single ranks, by NeMo Automodel's script."""
    return Conversion(
        "the safetensors files hold the shards of single ranks (`save_consolidated` is off)",
        f"python tools/offline_hf_consolidation.py --model-name BASE --input-dir {quoted(model)} --output-dir OUT",
    )


LAYOUT = Layout(
    name="nemo_rl",
    looks_for="step_N/policy/weights/",
    find=find,
    order=24,
    entries=("step_*",),
    trainers="NeMo-RL",
    complete="the folder was renamed from tmp_step_N",
    parts="weights and configuration in policy/weights/model/consolidated/, tokenizer in policy/tokenizer/",
    convert="uv run examples/converters/convert_dcp_to_hf.py (or convert_megatron_to_hf.py) --config "
    "step_N/config.yaml --dcp-ckpt-path step_N/policy/weights --hf-ckpt-path OUT",
    signs=("step_*", "step_*/policy", "step_*/policy/weights"),
)
