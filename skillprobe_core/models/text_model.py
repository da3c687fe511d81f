"""Check that a loaded model predicts the next token of a text from the tokens before it, and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from skillprobe_core.errors import CheckpointError

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedModel

_LEAST_TOLERANCE = 1e-4  # of the largest logit

_RANDOM = {"ReformerModelWithLMHead": "sorts tokens into random buckets"}
"""Classes whose logits depend on random numbers, with the reason."""


def check_text_model(model: PreTrainedModel, path: Path) -> None:
    """Raise CheckpointError, naming the class, unless the model is a causal language model of text alone.

    Two short texts that differ in their last token are run once. The logits of the tokens before must agree: encoders
    such as BERT without `is_decoder` also look at the tokens that follow. They must also agree with those of the
    beginning alone: CPM-Ant and ProphetNet count positions from the end of a text, or in tables of its length.
    """
    name = type(model).__name__
    if name in _RANDOM:
        raise CheckpointError(
            f"{name} {_RANDOM[name]}, so a text does not have one output distribution",
            remedy=_OTHER,
            path=path,
        )
    device = model.get_input_embeddings().weight.device
    ordinary = ordinary_ids(model)
    if len(ordinary) < 5:
        return
    texts = torch.tensor([[*ordinary[:3], ordinary[3]], [*ordinary[:3], ordinary[4]]], device=device)
    try:
        with torch.inference_mode():
            logits = model(input_ids=texts, use_cache=False).logits[:, :3].float()
            alone = model(input_ids=texts[:1, :3], use_cache=False).logits.float()
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # whatever the class needs besides text
        raise CheckpointError(
            f"{name} cannot be run on text alone: {(str(error).strip() or type(error).__name__).splitlines()[0]}",
            remedy="evaluate a language model that takes text alone, such as the language part of this model",
            path=path,
        ) from error
    difference = float((logits[0] - logits[1]).abs().max())
    rounding = 3 * torch.finfo(model.dtype).eps if model.dtype.is_floating_point else 0.0
    tolerance = max(_LEAST_TOLERANCE, rounding) * float(logits.abs().max())
    if difference > tolerance:
        raise CheckpointError(
            f"{name} looks at the tokens after a position to predict it, so it is not a causal language model",
            remedy="if the model was trained to generate, set is_decoder to true in config.json; otherwise evaluate a "
            "causal language model",
            path=path,
        )
    if float((logits[:1] - alone).abs().max()) > tolerance:
        raise CheckpointError(
            f"{name} computes the output for the beginning of a text otherwise when the text goes on, so it is not a "
            "causal language model",
            remedy=_OTHER,
            path=path,
        )


_OTHER = "evaluate a causal language model, whose output at a token depends on the tokens before it alone"


def ordinary_ids(model: PreTrainedModel) -> list[int]:
    """Five ids that no part of the configuration uses for images, audio or the end of a text."""
    configs = [model.config.to_dict()]
    special: set[int] = set()
    while configs:
        for name, value in configs.pop().items():
            if isinstance(value, dict):
                configs.append(value)
            elif isinstance(value, int) and str(name).endswith(("token_id", "token_index")):
                special.add(value)
    rows = model.get_input_embeddings().weight.shape[0]
    return [number for number in range(rows) if number not in special][:5]
