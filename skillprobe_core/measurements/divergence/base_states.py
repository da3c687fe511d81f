"""The base's final hidden states on fixed texts: computed once, stored, and reused for every checkpoint."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from skillprobe_core.errors import StoreError

from .compared_texts import Texts
from .hidden_states import BATCH_TOKENS, final_states, states_at
from .output_projection import Head, head_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True, slots=True)
class BaseStates:
    """The data of a base that a comparison on fixed texts needs instead of the base's forward pass.

    head: the base's output projection; values: (tokens, width) in the base's dtype, all texts concatenated;
    offsets: start of each text in `values`; texts: digest of the texts.
    """

    head: Head
    values: Tensor
    offsets: tuple[int, ...]
    texts: str

    def of(self, index: tuple[int, ...], texts: Texts) -> Tensor:
        """The states of some texts at their measured tokens, concatenated."""
        return torch.cat(
            [states_at(self.values[self.offsets[i] : self.offsets[i + 1]], texts.texts[i].measured) for i in index]
        )


def base_states(
    base_model: PreTrainedModel, texts: Texts, *, batch_tokens: int = BATCH_TOKENS, file: Path | None = None
) -> BaseStates:
    """The base's states at every completion token, from one forward pass over the texts, on the CPU.

    With `file` they are written there batch by batch (safetensors) and mapped, so that memory does not grow with them.
    """
    offsets = texts.offsets
    head = head_of(base_model)
    values: Tensor | None = None
    for batch in final_states(base_model, texts, batch_tokens=batch_tokens):
        states = batch.states.to("cpu")
        if values is None:
            values = _room(texts.tokens, states.shape[1], states.dtype, offsets, file)
        place = 0
        for i in batch.index:
            length = offsets[i + 1] - offsets[i]
            values[offsets[i] : offsets[i + 1]] = states[place : place + length]
            place += length
    if values is None:
        values = _room(0, head.weight.shape[1], torch.float32, offsets, file)
    return BaseStates(head=head, values=values, offsets=tuple(offsets), texts=texts.digest)


def kept_states(
    folder: Path,
    base: str,
    texts: Texts,
    load: Callable[[], PreTrainedModel],
    confirm: Callable[[], None] = lambda: None,
) -> BaseStates:
    """The stored states of a base (given by its digest) on texts; if missing, computed with `load` and stored.

    `confirm` raises if the base's files are not those of the digest any more: nothing is stored then.
    """
    kept = load_states(folder, base, texts.digest)
    if kept is None:
        folder.mkdir(parents=True, exist_ok=True)
        file = _states_file(folder, base, texts.digest)
        unfinished = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            kept = base_states(load(), texts, file=unfinished)
            confirm()
            _save_head(kept.head, folder, base)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return kept


def load_states(folder: Path, base: str, texts: str) -> BaseStates | None:
    """The stored states of a base on texts (both given by their digests), memory-mapped; None if there are none.

    Raises StoreError for a damaged file.
    """
    files = _head_file(folder, base), _states_file(folder, base, texts)
    if not all(file.exists() for file in files):
        return None
    (head, about), (states, index) = (_read(file) for file in files)
    softcap = about["softcap"]
    return BaseStates(
        head=Head(
            weight=head["weight"],
            bias=head.get("bias"),
            scale=float(about["scale"]),
            softcap=None if softcap == "None" else float(softcap),
        ),
        values=states["values"],
        offsets=tuple(json.loads(index["offsets"])),
        texts=texts,
    )


def _save_head(head: Head, folder: Path, base: str) -> None:
    if not _head_file(folder, base).exists():
        tensors = {"weight": head.weight.to("cpu").contiguous()}
        if head.bias is not None:
            tensors["bias"] = head.bias.to("cpu").contiguous()
        _write(tensors, {"scale": repr(head.scale), "softcap": repr(head.softcap)}, _head_file(folder, base))


def _room(tokens: int, width: int, dtype: torch.dtype, offsets: list[int], file: Path | None) -> Tensor:
    """Space for the states: memory, or a mapped safetensors file with values to be filled in."""
    if file is None or not tokens:
        room = torch.empty(tokens, width, dtype=dtype)
        if file is not None:
            _write({"values": room}, {"offsets": json.dumps(offsets)}, file)
        return room
    size = tokens * width * dtype.itemsize
    kind = {torch.float32: "F32", torch.bfloat16: "BF16", torch.float16: "F16"}[dtype]
    about = {"dtype": kind, "shape": [tokens, width], "data_offsets": [0, size]}
    header = json.dumps({"__metadata__": {"offsets": json.dumps(offsets)}, "values": about}).encode()
    header += b" " * (-len(header) % 8)
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(header)) + header)
        opened.truncate(8 + len(header) + size)
    mapped = torch.from_file(str(file), shared=True, size=8 + len(header) + size, dtype=torch.uint8)
    return mapped[8 + len(header) :].view(dtype).view(tokens, width)


def _head_file(folder: Path, base: str) -> Path:
    return folder / f"{base}.head.safetensors"


def _states_file(folder: Path, base: str, texts: str) -> Path:
    return folder / f"{base}.{texts}.safetensors"


def _write(tensors: dict[str, Tensor], about: dict[str, str], file: Path) -> None:
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        save_file(tensors, unfinished, metadata=about)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(file, framework="pt") as opened:
            return {name: opened.get_tensor(name) for name in opened.keys()}, opened.metadata()  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise StoreError(
            f"the stored hidden states of a base cannot be read: {error}",
            remedy="delete this file and run the command again, which computes it again",
            path=file,
        ) from error
