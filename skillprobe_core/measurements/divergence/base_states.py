"""The base's final hidden states on fixed texts: computed once, stored, and reused for every checkpoint."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.machine.unfinished_files import replacing

from .hidden_states import BATCH_TOKENS, final_states, states_at
from .mapped_tensors import mapped_tensors
from .output_projection import Head, head_of, output_layer
from .token_texts import Texts

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
    fits: Callable[[int], bool] = lambda _: True,
) -> BaseStates | None:
    """The stored states of a base on texts; if missing, computed and stored.

    Args:
        folder: It holds the states of all bases; created if it is missing.
        base: The base's digest.
        texts: The texts.
        load: Loads the base.
        confirm: Raises if the base's files are not those of the digest any more: nothing is stored then.
        fits: Reports if so many bytes may be kept.

    Returns:
        The states, mapped from a file; None if they may not be kept.

    Raises:
        StoreError: A stored file is damaged.
        OSError: The disk is full.
    """
    kept = load_states(folder, base, texts.digest)
    if kept is not None:
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    model = load()
    head = 0 if _head_file(folder, base).exists() else head_of(model).weight.nbytes
    if not fits(states_bytes(model, texts) + head):
        return None
    with replacing(_states_file(folder, base, texts.digest)) as place:
        kept = base_states(model, texts, file=place)
        confirm()
        _save_head(kept.head, folder, base)
    return kept


@contextmanager
def passing_states(model: PreTrainedModel, texts: Texts, file: Path) -> Iterator[BaseStates]:
    """Compute a model's states on texts in a mapped file, which is deleted at the end; raises OSError."""
    with locked(file):
        yield base_states(model, texts, file=file)


def states_bytes(model: PreTrainedModel, texts: Texts) -> int:
    """Bytes of a model's states on texts, in its own number type."""
    weight = output_layer(model).weight
    return texts.tokens * weight.shape[1] * weight.dtype.itemsize


def load_states(folder: Path, base: str, texts: str) -> BaseStates | None:
    """The stored states of a base on texts (both given by their digests), memory-mapped; None if there are none.

    Raises StoreError for a damaged file.
    """
    try:
        (head, about), (states, index) = (_read(file) for file in _files(folder, base, texts))
    except FileNotFoundError:
        return None
    for file in reversed(_files(folder, base, texts)):
        with suppress(OSError):
            os.utime(file)  # what was used last is kept longest, the output layer longer than states
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
        tensors = {"weight": head.weight} | ({} if head.bias is None else {"bias": head.bias})
        about = {"scale": repr(head.scale), "softcap": repr(head.softcap)}
        with replacing(_head_file(folder, base)) as place:
            room = mapped_tensors(place, {name: (each.dtype, each.shape) for name, each in tensors.items()}, about)
            for name, tensor in tensors.items():
                room[name].copy_(tensor.detach())


def _room(tokens: int, width: int, dtype: torch.dtype, offsets: list[int], file: Path | None) -> Tensor:
    """Space for the states: memory, or a mapped safetensors file with values to be filled in."""
    if file is None:
        return torch.empty(tokens, width, dtype=dtype)
    return mapped_tensors(file, {"values": (dtype, (tokens, width))}, {"offsets": json.dumps(offsets)})["values"]


def _files(folder: Path, base: str, texts: str) -> tuple[Path, Path]:
    return _head_file(folder, base), _states_file(folder, base, texts)


def _head_file(folder: Path, base: str) -> Path:
    return folder / f"{base}.head.safetensors"


def _states_file(folder: Path, base: str, texts: str) -> Path:
    return folder / f"{base}.{texts}.safetensors"


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(file, framework="pt") as opened:
            return {name: opened.get_tensor(name) for name in opened.keys()}, opened.metadata()  # noqa: SIM118
    except FileNotFoundError:
        raise
    except (SafetensorError, OSError) as error:
        raise StoreError(
            f"stored hidden states cannot be read: {error}",
            remedy="run `skillprobe store check --set-aside`, which moves it away, then the same command again, which "
            "computes it again",
            path=file,
        ) from error
