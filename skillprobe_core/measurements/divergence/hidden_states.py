"""Final hidden states: the input of a model's output projection, for the tokens that are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.device_memory import enough_memory, in_parts

from .output_projection import output_layer
from .token_texts import Readable, Text, Texts

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BATCH_TOKENS = 4096
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class StateBatch:
    """Final hidden states of some texts: (tokens, width), the completion tokens of texts `index`, concatenated."""

    index: tuple[int, ...]
    states: Tensor


class _ReachedOutputLayerError(Exception):
    """Carries the hidden states out of a forward pass, just before the output layer's product."""

    def __init__(self, states: Tensor) -> None:
        self.states = states


def _stop(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    raise _ReachedOutputLayerError(inputs[0])


def batches_of(texts: tuple[Text, ...], batch_tokens: int) -> Iterator[tuple[int, ...]]:
    """Indices of texts in batches of similar length, longest first, of at most `batch_tokens` padded tokens.

    A longer text is a batch by itself; a text without completion tokens is left out.
    """
    order = sorted((i for i, text in enumerate(texts) if text.completion), key=lambda i: (-len(texts[i].inputs), i))
    start = 0
    while start < len(order):
        rows = max(1, batch_tokens // len(texts[order[start]].inputs))
        yield tuple(order[start : start + rows])
        start += rows


def padded(texts: Sequence[Readable], device: torch.device) -> Tensor:
    """Input ids (rows, longest), padded on the right.

    A causal model never looks to the right, so padding cannot affect the states that are used, and no mask is needed.
    Each row is padded with its own first token: any id would do, but a pad id makes models warn.
    """
    longest = max(len(text.inputs) for text in texts)
    rows = [[*text.inputs, *text.inputs[:1] * (longest - len(text.inputs))] for text in texts]
    return torch.tensor(rows, dtype=torch.long, device=device)


def states_at(states: Tensor, places: Sequence[int]) -> Tensor:
    """The states (places, width) at some places of one text."""
    if isinstance(places, range):
        return states[places.start : places.stop]
    return states[torch.tensor(places, dtype=torch.long, device=states.device)]


def final_states(
    model: PreTrainedModel,
    texts: Texts,
    *,
    batch_tokens: int = BATCH_TOKENS,
    readings: Sequence[Readable] | None = None,
) -> Iterator[StateBatch]:
    """The model's final hidden states for every completion token, batch by batch, in the model's own dtype.

    With `readings`, one per text, the model is given their ids, and only measured tokens have states.

    They are the inputs of the output layer (after the final norm and any scaling before that layer). The forward pass
    ends there, so no logits are computed. The state that predicts a token is that of the token before it.
    Raises CheckpointError when a state is not finite.
    """
    layer = output_layer(model)
    was_training = model.training
    hook = layer.register_forward_pre_hook(_stop)
    try:
        model.eval()
        for index in batches_of(texts.texts, batch_tokens):
            some = [(texts.texts if readings is None else readings)[i] for i in index]
            yield StateBatch(index, _completion_states(model, some))
    finally:
        hook.remove()
        model.train(was_training)


def in_fitting_batches(
    model: PreTrainedModel, texts: Sequence[Readable], run: Callable[[Sequence[Readable], Tensor], Made]
) -> list[Made]:
    """Results of some texts and their padded ids as one batch, or as smaller ones where the device runs out of memory.

    Smaller batches are padded to the same length, so that a text's states do not depend on what else was in memory.
    """
    device = model.get_input_embeddings().weight.device
    ids = padded(texts, device)
    shorter = "set lower `levels` under [items] or a lower `max_new_tokens` under [sampling] in skillprobe.toml"
    with enough_memory(device, "the states of a single text", shorter, model.name_or_path):
        return list(in_parts(len(texts), lambda part: run(texts[part.start : part.stop], ids[part.start : part.stop])))


def _completion_states(model: PreTrainedModel, texts: Sequence[Readable]) -> Tensor:
    def of_part(some: Sequence[Readable], ids: Tensor) -> Tensor:
        hidden = _hidden(model, ids)
        return torch.cat([states_at(hidden[row], text.places) for row, text in enumerate(some)])

    # The mode is not held across a `yield`: it would leak into the code that consumes the batches.
    with torch.inference_mode():
        parts = in_fitting_batches(model, texts, of_part)
        kept = parts[0] if len(parts) == 1 else torch.cat(parts)
        finite = bool(torch.isfinite(kept).all())
    if not finite:
        raise CheckpointError(
            "the hidden states are not finite: the weights hold NaN or infinity, or the number type overflows",
            remedy='set dtype = "float32" under [compute] in skillprobe.toml, in case float16 overflows; if that does '
            "not help, evaluate an earlier checkpoint, since the training has diverged",
            path=model.name_or_path,
        )
    return kept


def _hidden(model: PreTrainedModel, ids: Tensor) -> Tensor:
    try:
        model(input_ids=ids, use_cache=False)
    except _ReachedOutputLayerError as reached:
        return reached.states
    raise CheckpointError(
        f"{type(model).__name__} computes its logits without its output layer, which is not supported",
        remedy="use a decoder-only causal language model (AutoModelForCausalLM)",
        path=model.name_or_path,
    )
