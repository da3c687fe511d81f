"""Change of the output distribution on every text named in the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.scratch_entries import PASSING_FOLDER, STATES_FOLDER

from .measure_shift import keep_layers_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from .base_states import BaseStates
    from .compare_texts import Divergence
    from .token_texts import Texts

HELD_BYTES = 2**28
"""Most bytes of hidden states in memory where scratch has no room for them."""


def measure(probe: Probe, *, with_tokens: bool = False) -> Divergence:
    """Every measure on every text: item rows, and token rows with `with_tokens`.

    One model is in memory at a time. On fixed text (`reference`, `base`) the base's forward pass is made once, for all
    checkpoints. Then the checkpoint is loaded for all texts, and after it the base for the checkpoint's own text. The
    states that `representation_shift` needs are computed while a model is loaded. Texts whose states exceed the budget
    of scratch are compared part by part, for each of which both models are loaded again.

    Raises:
        NotComparableError: The models have different tokenizers or share too few tokens.
    """
    from skillprobe_core.models.model_loading import choose_device
    from skillprobe_core.models.model_validation import comparable_tokenizers

    from .compare_texts import Divergence, compare_texts

    tokenizer, base_tokenizer = comparable_tokenizers(probe.checkpoint.files, probe.base.files)
    positions, texts = _texts(probe, base_tokenizer, tokenizer)
    compare = partial(
        compare_texts,
        tokenizer=tokenizer,
        base_tokenizer=base_tokenizer,
        positions=positions,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        with_tokens=with_tokens,
        device=choose_device(probe.device),
    )
    # By identity: a checkpoint with the base's bytes is compared with itself in a single pass.
    same = probe.identity.digest == probe.base_identity.digest
    parts: dict[str, list[Divergence]] = {}
    with ExitStack() as files:
        states = {text: kept for text, some in texts.items() if text != "own" and (kept := _kept(probe, some))}
        for text, kept in states.items():
            other = kept if same else _load(probe, probe.checkpoint)
            parts[text] = [compare(kept, other, texts=texts[text])]
        own = _passing(probe, texts["own"], files) if "own" in texts else None
        keep_layers_of(probe, "base" if same else "checkpoint")
        if own is not None:
            # Last, since generation left the checkpoint loaded and this needs the base.
            parts["own"] = [compare(own if same else _load(probe, probe.base), own, texts=texts["own"])]
            keep_layers_of(probe, "base")
    for text, some in texts.items():
        if text not in parts:
            parts[text] = list(_by_parts(probe, text, some, compare, same=same))
    found = [part for text in texts for part in parts[text]]
    tokens = [part.tokens for part in found if part.tokens is not None]
    return Divergence(pl.concat([part.items for part in found]), pl.concat(tokens) if tokens else None)


def _texts(
    probe: Probe, base: PreTrainedTokenizerBase, own: PreTrainedTokenizerBase
) -> tuple[int | None, dict[str, Texts]]:
    """The context of the shorter model, and the texts of the settings within it, by whose they are."""
    from skillprobe_core.models.completion_limits import shorter_context

    from .compare_texts import encoded_texts
    from .token_texts import within_context

    written = {"reference": None, "base": probe.of_base, "own": probe}
    positions = shorter_context(probe.base.files, probe.checkpoint.files)
    return positions, {
        text: within_context(
            encoded_texts(
                own,
                probe.items,
                text=text,
                generations=None if (of := written[text]) is None else of.stored(GENERATIONS),
                base_tokenizer=base,
                form=probe.prompt_format,
            ),
            positions,
        )
        for text in probe.settings.divergence.texts
    }


def _load(probe: Probe, checkpoint: Checkpoint) -> PreTrainedModel:
    from skillprobe_core.models.model_loading import load_model

    return load_model(checkpoint.files, dtype=probe.number_type.torch, device=probe.device)


def _kept(probe: Probe, texts: Texts) -> BaseStates | None:
    """The base's states on fixed texts, kept for all checkpoints of all its models; None if scratch has no room."""
    from .base_states import kept_states

    folder = probe.store.scratch(STATES_FOLDER)
    owner = f"{probe.base_identity.digest[:32]}.{probe.number_type.dtype}"
    with probe.store.lock(f"base_states-{owner}-{texts.digest}"):
        return kept_states(
            folder,
            owner,
            texts,
            lambda: _load(probe, probe.base),
            confirm=partial(probe.base_seal.check, in_use=True),
            fits=lambda size: probe.project.scratch.room_for(size, folder) is None,
        )


def _passing(probe: Probe, texts: Texts, files: ExitStack) -> BaseStates | None:
    """The checkpoint's states on its own text, in a file until `files` closes; None if scratch has no room."""
    from .base_states import passing_states, states_bytes

    model, folder = _load(probe, probe.checkpoint), probe.store.scratch(PASSING_FOLDER)
    if probe.project.scratch.room_for(states_bytes(model, texts), folder) is not None:
        return None
    name = f"{probe.identity.digest[:32]}.{texts.digest}.safetensors"
    return files.enter_context(passing_states(model, texts, folder / name))


def _by_parts(
    probe: Probe, text: str, texts: Texts, compare: Callable[..., Divergence], *, same: bool
) -> Iterator[Divergence]:
    """The comparison without files: the states of the model that wrote the texts are in memory, part by part."""
    from .base_states import base_states, states_bytes

    writer = probe.checkpoint if text == "own" else probe.base
    size = states_bytes(_load(probe, writer), texts)
    for part in texts.parts(max(1, texts.tokens * HELD_BYTES // max(1, size))):
        states = base_states(_load(probe, writer), part)
        if same:
            yield compare(states, states, texts=part)
        elif text == "own":
            yield compare(_load(probe, probe.base), states, texts=part)
        else:
            yield compare(states, _load(probe, probe.checkpoint), texts=part)
