"""The form in which a folder holds weights, by the names of its files."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.dcp_index import MARKER
from skillprobe_core.runs.weights import ADAPTER_FILE, INDEX_FILE, SINGLE_FILE

from .layout import Conversion, names_in, quoted

FSDP_FOLDER = "pytorch_model_fsdp_0"
"""Folder in which accelerate stores FSDP shards."""


def readable(names: Iterable[str]) -> bool:
    """True if files of these names hold a model or an adapter as safetensors, of which some may be missing yet."""
    return any(
        name in (SINGLE_FILE, INDEX_FILE, ADAPTER_FILE) or (name.startswith("model-") and name.endswith(".safetensors"))
        for name in names
    )


def sharded(names: Iterable[str]) -> bool:
    """True if files of these names are those of torch.distributed.checkpoint (DCP)."""
    return any(name == MARKER or name.endswith(".distcp") for name in names)


def of_zero(names: Iterable[str]) -> bool:
    """True if files of these names are those of DeepSpeed's ZeRO."""
    return any(name.endswith(("_model_states.pt", "_optim_states.pt")) for name in names)


def fsdp_files(folder: Path) -> ModelFiles | None:
    """The files of a folder in which accelerate stored FSDP shards in `pytorch_model_fsdp_0`; None for any other.

    They come without a configuration and a tokenizer: those of the base are used.
    """
    names = names_in(folder)
    if readable(names) or FSDP_FOLDER not in names:
        return None
    return replace(ModelFiles.of(folder), weights=folder / FSDP_FOLDER).borrowing()


def accelerate_conversion(folder: Path) -> Conversion | None:
    """The conversion of a folder that accelerate wrote with DeepSpeed; None for readable weights.

    The files of ZeRO's ranks lie in a folder within.
    """
    names = names_in(folder)
    if readable(names) or FSDP_FOLDER in names:
        return None
    states = [name for name in names if name.startswith(("global_step", "pytorch_model")) and "." not in name]
    if any(of_zero(names_in(folder / name)) for name in states):
        return zero_conversion(folder)
    return None


def pickle_conversion(folder: Path, names: Iterable[str]) -> Conversion:
    """The conversion of pickled weights: a program that opens them, for a person who trusts the file."""
    if "adapter_model.bin" in names:
        program = (
            "import torch, shutil; from pathlib import Path; from safetensors.torch import save_file; "
            "out = Path('OUT'); out.mkdir(exist_ok=True); "
            f"adapter = Path({str(folder)!r}); shutil.copy(adapter / 'adapter_config.json', out); "
            "save_file(torch.load(adapter / 'adapter_model.bin', weights_only=True), out / 'adapter_model.safetensors')"
        )
    else:
        program = (
            f"from transformers import AutoModelForCausalLM as Model, AutoTokenizer; folder = {str(folder)!r}; "
            "Model.from_pretrained(folder, use_safetensors=False).save_pretrained('OUT'); "
            "AutoTokenizer.from_pretrained(folder).save_pretrained('OUT')"
        )
    files = ", ".join(sorted(name for name in names if name.endswith((".bin", ".pt", ".pth"))))
    return Conversion(f"{files}: pickled weights are never opened, since they can run code", python_command(program))


def python_command(program: str) -> str:
    """The shell command that runs a Python program."""
    return f"python -c {shlex.quote(program)}"


def zero_conversion(folder: Path, tag: str = "") -> Conversion:
    """The conversion of a DeepSpeed checkpoint: the script that DeepSpeed leaves in it.

    tag: the step's folder, where the one that the file `latest` names is not meant.
    """
    chosen = f" --tag {tag}" if tag else ""
    script = quoted(folder / "zero_to_fp32.py")
    return Conversion(
        "the weights are pickled shards of DeepSpeed's ZeRO",
        f"python {script} {quoted(folder)} OUT --safe_serialization{chosen}",
    )
