"""States after every layer of a model on a few texts, in scratch: one pass serves every table that needs them."""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from skillprobe_core.machine.unfinished_files import replacing

from .mapped_tensors import KEPT_TYPES, mapped_tensors
from .token_texts import Readable, Texts


def keep_layers(
    file: Path,
    layers: Sequence[Tensor],
    confirm: Callable[[], None] = lambda: None,
    fits: Callable[[int], bool] = lambda _: True,
) -> None:
    """Store the states after every layer, unless there are none or they may not be kept.

    Args:
        file: The file, in an existing folder.
        layers: (tokens, width of the layer) each, on any device.
        confirm: Raises if the model's files were replaced: nothing is stored then.
        fits: Reports if so many bytes may be kept.

    Raises:
        OSError: The disk is full.
    """
    if not layers or any(each.dtype not in KEPT_TYPES for each in layers) or not fits(sum(e.nbytes for e in layers)):
        return
    with replacing(file) as place:
        forms = {str(number): (each.dtype, each.shape) for number, each in enumerate(layers)}
        wide_first = dict(sorted(forms.items(), key=lambda form: -form[1][0].itemsize))
        room = mapped_tensors(place, wide_first, {})
        for number, each in enumerate(layers):
            room[str(number)].copy_(each)
        confirm()


def kept_layers(file: Path) -> list[Tensor] | None:
    """The stored states after every layer, on the CPU; None if there are none that can be read."""
    try:
        os.utime(file)  # what was used last is kept longest
        with safe_open(file, framework="pt") as opened:
            return [opened.get_tensor(str(number)) for number in range(len(opened.keys()))]
    except (SafetensorError, OSError):
        return None


def layers_file(folder: Path, owner: str, texts: Texts, readings: Sequence[Readable]) -> Path:
    """The file for a model's states after every layer.

    Args:
        folder: It holds the states of all models.
        owner: The model's digest and its number type.
        texts: The texts.
        readings: The texts as this model reads them.
    """
    sha = hashlib.sha256(texts.digest.encode())
    for each in readings:
        read = each.read
        sha.update(struct.pack(f"<{len(each.inputs) + len(read) + 1}i", len(each.inputs), *each.inputs, *read))
    return folder / f"{owner}.{sha.hexdigest()[:16]}.layers.safetensors"


def forget_layers(file: Path) -> None:
    """Remove stored states that nothing needs any more."""
    with suppress(OSError):
        file.unlink()
