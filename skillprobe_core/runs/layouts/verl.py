"""Run folders of verl: `global_step_N/actor/`, written by its FSDP or its Megatron backend."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.bounded_files import read_object
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import ADAPTER_FILE

from . import completeness
from .completeness import LastAct, Mark
from .layout import Conversion, Found, Layout, folders, is_folder, names_in, quoted

LAST_WRITTEN = "latest_checkpointed_iteration.txt"
MERGE_LORA = (
    'merged=$(mktemp -d) && python -m verl.model_merger merge --backend fsdp --local_dir "$1" --target_dir "$merged" '
    '&& mkdir -p "$2" && mv "$merged/lora_adapter"/* "$2/" && rm -r "$merged"'
)
"""verl writes the model without its adapter to the folder that it is given, and the adapter to a folder in that."""


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `global_step_N` with an actor.

    It is complete when the text file in the run's folder, written last, reaches its step. A trainer that saves
    asynchronously does not write that file: then all ranks' files must be there, and a later step begun.
    Weights are read from `actor/huggingface/` (with `hf_model` in `checkpoint.save_contents`), from the Megatron
    backend's `actor/model/huggingface/`, or as an adapter. Pickled shards are for verl's own converter.
    """
    for step, folder, later in folders(root, "global_step_{step}"):
        actor = folder / "actor"
        names = names_in(actor)
        if names:
            files = _readable(folder, actor)
            rule = completeness.either(completeness.number_in(root / LAST_WRITTEN, step), _all_ranks(actor, later))
            yield Found(
                root,
                step,
                files or ModelFiles.of(folder).at(actor),
                rule,
                _conversion(actor) if files is None else None,
            )


def _readable(folder: Path, actor: Path) -> ModelFiles | None:
    for model in (actor / "huggingface", actor / "model" / "huggingface"):
        if any(name.endswith(".safetensors") for name in names_in(model)):
            return ModelFiles.of(folder).at(model)
    for adapter, tokenizer in (
        (actor / "lora_adapter", actor / "huggingface"),
        (actor / "adapter_checkpoint", actor / "huggingface"),
        (actor / "model" / "huggingface" / "adapter", actor / "model" / "huggingface"),
    ):
        if ADAPTER_FILE in names_in(adapter):
            return ModelFiles(folder, adapter, adapter, tokenizer)
    return None


def _conversion(actor: Path) -> Conversion | None:
    names = names_in(actor)
    if any(name.startswith("model_world_size_") for name in names):
        if "lora_train_meta.json" in names:
            return Conversion(
                "the weights are pickled FSDP shards with LoRA, of which the command writes the adapter",
                f"sh -c {shlex.quote(MERGE_LORA)} merge {quoted(actor)} OUT",
            )
        backend, cause = "fsdp", "the weights are pickled FSDP shards (`checkpoint.save_contents` lacks `hf_model`)"
    elif "dist_ckpt" in names or is_folder(actor / "model" / "dist_ckpt"):
        backend, cause = "megatron", "the weights are Megatron shards (`checkpoint.save_contents` lacks `hf_model`)"
    else:
        return None
    return Conversion(
        cause, f"python -m verl.model_merger merge --backend {backend} --local_dir {quoted(actor)} --target_dir OUT"
    )


def _all_ranks(actor: Path, later: float) -> LastAct:
    def look() -> Mark:
        try:
            size = int(read_object(actor / "fsdp_config.json")["world_size"])
        except (OSError, ValueError, KeyError, OverflowError, TypeError):
            return Mark("no fsdp_config.json yet")
        names = names_in(actor)
        ranks = range(min(size, len(names) + 1))  # however many are stated, one is missing
        missing = {f"model_world_size_{size}_rank_{rank}.pt" for rank in ranks} - names
        if missing or later < 0:
            return Mark(f"no {min(missing)} yet" if missing else "the next step has not begun")
        return Mark(at=later)

    return look


LAYOUT = Layout(
    name="verl",
    looks_for=f"global_step_N/actor/ (complete with {LAST_WRITTEN})",
    find=find,
    order=20,
    entries=("global_step_*",),
    trainers="verl",
    complete=f"{LAST_WRITTEN} in the run folder reaches the step; with async_save: all ranks' files and a later step",
    parts="all in actor/huggingface/ or actor/model/huggingface/; adapters in actor/lora_adapter/, "
    "actor/adapter_checkpoint/ or actor/model/huggingface/adapter/",
    convert="python -m verl.model_merger merge --backend fsdp|megatron --local_dir global_step_N/actor "
    "--target_dir OUT",
    signs=("global_step_*", "global_step_*/actor", "global_step_*/actor/*"),
)
