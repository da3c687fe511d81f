"""Shift of a checkpoint's hidden states on the benchmark's text and on unrelated prose, from one pass of each model."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from skillprobe_core.engine.up_to_date import provenance_of, stored_partition
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.runs.scratch_entries import STATES_FOLDER

from .representation_shift_table import REPRESENTATION_SHIFT

if TYPE_CHECKING:
    from torch import Tensor

    from .aligned_texts import AlignedTexts

Side = Literal["base", "checkpoint"]


def measure_shift(probe: Probe) -> pl.DataFrame:
    """Rows of `representation_shift` on both texts.

    A base's states are kept for all its checkpoints. The divergence keeps a checkpoint's, whose model it loads, and
    they are removed here. One model is in memory at a time.
    """
    from skillprobe_core.models.model_loading import choose_device

    from .kept_layers import forget_layers
    from .representation import shift_of_states

    read = _read(probe)
    # The base first: the divergence on own text left it loaded.
    sides: list[Side] = ["base"] if _same(probe) else ["base", "checkpoint"]
    device = choose_device(probe.device)
    states = [[[layer.to(device) for layer in layers] for layers in _layers(probe, side, read)] for side in sides]
    rows = pl.concat(
        shift_of_states(base, checkpoint, each.texts, model=probe.checkpoint.model, step=probe.checkpoint.step)
        for base, checkpoint, each in zip(states[0], states[-1], read, strict=True)
    )
    if not _same(probe):
        for each in read:
            forget_layers(_file(probe, "checkpoint", each))
    return rows


def keep_layers_of(probe: Probe, side: Side) -> None:
    """Keep a model's states for `representation_shift` while it is loaded, if that table will need them.

    An error is left to that table, which computes them again and reports it.
    """
    with suppress(SkillprobeError, OSError):
        if not REPRESENTATION_SHIFT.enabled(probe):
            return
        if stored_partition(REPRESENTATION_SHIFT, probe, provenance_of(REPRESENTATION_SHIFT, probe)) is None:
            _layers(probe, side, _read(probe), keep=True)


def _read(probe: Probe) -> list[AlignedTexts]:
    """Both texts as both models read them."""
    from skillprobe_core.models.completion_limits import shorter_context
    from skillprobe_core.models.model_validation import comparable_tokenizers

    from .aligned_texts import aligned
    from .representation import spread, unrelated_texts
    from .shared_vocabulary import vocabulary_of
    from .token_texts import reference_texts, within_context

    own, tokenizer = comparable_tokenizers(probe.checkpoint.files, probe.base.files)
    sides = (vocabulary_of(probe.base.files, tokenizer), vocabulary_of(probe.checkpoint.files, own))
    positions = shorter_context(probe.base.files, probe.checkpoint.files)
    return [
        aligned(spread(within_context(some, positions)), *sides, positions)
        for some in (reference_texts(tokenizer, probe.items, probe.prompt_format), unrelated_texts(tokenizer))
    ]


def _layers(probe: Probe, side: Side, read: list[AlignedTexts], *, keep: bool = False) -> list[list[Tensor]]:
    """A model's states after every layer on each text: stored ones, or those of a pass now.

    A base's new ones are kept, and a checkpoint's with `keep`.
    """
    from skillprobe_core.models.model_loading import load_model

    from .kept_layers import keep_layers, kept_layers
    from .representation import layer_states

    base = side == "base"
    checkpoint, seal = (probe.base, probe.base_seal) if base else (probe.checkpoint, probe.seal)
    found = []
    for each in read:
        file = _file(probe, side, each)
        layers = kept_layers(file)
        if layers is None:
            model = load_model(checkpoint.files, probe.number_type.torch, probe.device)
            layers = layer_states(model, each.texts, readings=getattr(each, side))
            if base or keep:
                fits = partial(_fits, probe, file.parent)
                keep_layers(file, layers, confirm=partial(seal.check, in_use=True), fits=fits)
        found.append(layers)
    return found


def _file(probe: Probe, side: Side, read: AlignedTexts) -> Path:
    from .kept_layers import layers_file

    identity = probe.base_identity if side == "base" else probe.identity
    owner = f"{identity.digest[:32]}.{probe.number_type.dtype}"
    return layers_file(probe.store.scratch(STATES_FOLDER), owner, read.texts, getattr(read, side))


def _fits(probe: Probe, folder: Path, size: int) -> bool:
    return probe.project.scratch.room_for(size, folder) is None


def _same(probe: Probe) -> bool:
    return probe.identity.digest == probe.base_identity.digest
