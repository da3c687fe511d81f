"""Generation by transformers itself, for models whose past is more than keys and values in columns."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.cache_utils import DynamicCache, DynamicLayer, DynamicSlidingWindowLayer

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.text_model import ordinary_ids

from .decoding import BadLogitsError, Row
from .sampling import TokenChoice


def decodes_by_column(model: PreTrainedModel) -> bool:
    """True if rows of the model's cache may be padded on the left, dropped and reordered, as `decode` does.

    Checked are properties, not names: the class takes positions and a cache, computes attention through the library's
    interface (others count distances in columns, as ALiBi and local attention do), has no recurrent state, and every
    layer has a cache of full or sliding attention of its own. Chunks of attention begin at fixed columns, so models
    with chunks are excluded. A short text is run to see what it fills.
    """
    accepted = inspect.signature(model.forward).parameters
    if not model._supports_attention_backend or model._is_stateful:
        return False
    if not {"position_ids", "past_key_values", "attention_mask"} <= accepted.keys():
        return False
    text = model.config.get_text_config(decoder=True)
    if getattr(text, "attention_chunk_size", None) is not None:
        return False
    layers = DynamicCache(config=text).layers
    return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers) and _fills_columns(model)


@torch.inference_mode()
def _fills_columns(model: PreTrainedModel) -> bool:
    """True if a short text fills its columns in every layer, and has the positions 0, 1, 2, ... by default.

    Layers that read images have no columns of text (Mllama); RoBERTa's positions begin after its padding token's id.
    """
    ids = torch.tensor([ordinary_ids(model)], device=model.device)
    positions = torch.arange(ids.shape[1], device=model.device)[None]
    cache = DynamicCache(config=model.config.get_text_config(decoder=True))
    plain = model(input_ids=ids, use_cache=False).logits.float()
    given = model(input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True).logits.float()
    if any(layer.get_seq_length() != ids.shape[1] for layer in cache.layers):
        return False
    return bool(torch.allclose(plain, given, rtol=1e-2, atol=1e-2 * float(plain.abs().max())))


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    rows: Sequence[Row],
    settings: SamplingSettings,
    end_ids: frozenset[int],
    stopped: Callable[[list[int]], bool],
) -> Iterator[tuple[int, list[int]]]:
    """Yield (index of the row, its token ids) like `decode`, by the model's own `generate`.

    Prompts of equal length are a batch, so that no prompt is padded: a recurrent state would read the padding.
    """
    batches: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        batches.setdefault(len(row.prompt), []).append(number)
    for numbers in batches.values():
        some = [rows[number] for number in numbers]
        made = _Finished(some, end_ids, stopped)
        ids = torch.tensor([row.prompt for row in some], device=model.device)
        limit = max(row.limit for row in some)
        with _plain_defaults(model):
            model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=GenerationConfig(
                    max_new_tokens=limit, do_sample=False, use_cache=True, pad_token_id=some[0].prompt[0]
                ),
                logits_processor=LogitsProcessorList([_Choice(some, limit, settings, made)]),
                stopping_criteria=StoppingCriteriaList([made]),
            )
        yield from zip(numbers, made.ids, strict=True)


class _Finished(StoppingCriteria):  # type: ignore[misc]
    """Collects the tokens of each row until its end token, stop text or limit."""

    def __init__(self, rows: Sequence[Row], end_ids: frozenset[int], stopped: Callable[[list[int]], bool]) -> None:
        self._limits = [row.limit for row in rows]
        self._end_ids, self._stopped = end_ids, stopped
        self.ids: list[list[int]] = [[] for _ in rows]
        self.running = [True for _ in rows]

    def __call__(self, input_ids: torch.Tensor, scores: object, **_: object) -> torch.Tensor:
        """True for each row that is finished."""
        for row, token in enumerate(input_ids[:, -1].tolist()):
            if self.running[row]:
                ids = self.ids[row]
                ids.append(token)
                self.running[row] = not (token in self._end_ids or len(ids) >= self._limits[row] or self._stopped(ids))
        return ~torch.tensor(self.running, device=input_ids.device)


class _Choice(LogitsProcessor):  # type: ignore[misc]
    """Leaves one token of each row possible: the one that `TokenChoice` takes, as in `decode`."""

    def __init__(self, rows: Sequence[Row], steps: int, settings: SamplingSettings, made: _Finished) -> None:
        self._rows, self._steps, self._settings, self._made = rows, steps, settings, made
        self._choice: TokenChoice | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores with every other token at minus infinity."""
        running = torch.tensor(self._made.running, device=scores.device)
        if not bool(torch.isfinite(scores.amax(dim=-1))[running].all()):
            raise BadLogitsError
        if self._choice is None:
            prompts, seeds = [row.prompt for row in self._rows], [row.seed for row in self._rows]
            self._choice = TokenChoice(prompts, seeds, self._steps, self._settings, scores)
        chosen = self._choice.next(scores)
        return torch.full_like(scores, -torch.inf).scatter_(1, chosen[:, None], 0.0)


@contextmanager
def _plain_defaults(model: PreTrainedModel) -> Iterator[None]:
    """Without the checkpoint's own generation settings, which would be applied on top of those of the protocol."""
    kept = model.generation_config
    model.generation_config = GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = kept
