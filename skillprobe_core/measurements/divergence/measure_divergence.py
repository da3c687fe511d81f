"""Change of the output distribution on every text named in the settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe

if TYPE_CHECKING:
    from .base_states import BaseStates
    from .compare_texts import Divergence
    from .compared_texts import Texts


def measure(probe: Probe, *, with_tokens: bool = False) -> Divergence:
    """Every measure on every text: item rows, and token rows with `with_tokens`.

    On fixed text (`reference`, `base`) the base's forward pass is made once, and each checkpoint adds one of its own.
    On a checkpoint's own text both models make one. One model is in memory at a time.

    Raises:
        NotComparableError: The models have different tokenizers or share too few tokens.
    """
    from skillprobe_core.models.completion_limits import shorter_context
    from skillprobe_core.models.model_loading import load_model
    from skillprobe_core.models.model_validation import comparable_tokenizer
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    from .compare_texts import Divergence, compare_texts, encoded_texts
    from .compared_texts import within_context

    comparable_tokenizer(probe.checkpoint.files, probe.base.files)
    load = partial(load_model, dtype=probe.number_type.torch, device=probe.device)
    base_tokenizer, tokenizer = load_tokenizer(probe.base.files), load_tokenizer(probe.checkpoint.files)
    written = {"reference": None, "base": probe.of_base, "own": probe}
    positions = shorter_context(probe.base.files, probe.checkpoint.files)
    texts = {
        text: within_context(
            encoded_texts(
                tokenizer,
                probe.items,
                text=text,
                generations=None if (of := written[text]) is None else of.stored(GENERATIONS),
                base_tokenizer=base_tokenizer,
                form=probe.prompt_format,
            ),
            positions,
        )
        for text in probe.settings.divergence.texts
    }
    compare = partial(
        compare_texts,
        tokenizer=tokenizer,
        base_tokenizer=base_tokenizer,
        positions=positions,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        with_tokens=with_tokens,
    )
    parts: dict[str, Divergence] = {}
    own: BaseStates | None = None
    same = probe.identity.digest == probe.base_identity.digest
    for text, some in texts.items():
        if text == "own" and not same:
            own = _passing_states(probe, some)
        else:
            # By identity: a checkpoint with the base's bytes is compared with itself in a single pass.
            states = _passing_states(probe, some) if text == "own" else _base_states(probe, some)
            parts[text] = compare(states, states if same else load(probe.checkpoint.files), texts=some)
    if own is not None:
        # Last, since generation left the checkpoint loaded and this needs the base.
        parts["own"] = compare(load(probe.base.files), own, texts=texts["own"])
    found = [parts[text] for text in texts]
    tokens = [part.tokens for part in found if part.tokens is not None]
    return Divergence(pl.concat([part.items for part in found]), pl.concat(tokens) if tokens else None)


def _base_states(probe: Probe, texts: Texts) -> BaseStates:
    """The base's states on fixed texts, cached for all checkpoints of all its models."""
    from skillprobe_core.models.model_loading import load_model

    from .base_states import kept_states

    folder = probe.store.scratch("base_states")
    owner = f"{probe.base_identity.digest[:32]}.{probe.number_type.dtype}"
    with probe.store.lock(f"base_states-{owner}-{texts.digest}"):
        return kept_states(
            folder,
            owner,
            texts,
            lambda: load_model(probe.base.files, dtype=probe.number_type.torch, device=probe.device),
            confirm=partial(probe.base_seal.check, in_use=True),
            fits=lambda size: probe.project.scratch.room_for(size, folder) is None,
        )


def _passing_states(probe: Probe, texts: Texts) -> BaseStates:
    """The checkpoint's states on its own text, in a mapped temporary file that is already deleted on return."""
    from skillprobe_core.models.model_loading import load_model

    from .base_states import passing_states

    model = load_model(probe.checkpoint.files, dtype=probe.number_type.torch, device=probe.device)
    name = f"{probe.identity.digest[:32]}.{texts.digest}.safetensors"
    return passing_states(model, texts, probe.store.scratch("own_states") / name)
