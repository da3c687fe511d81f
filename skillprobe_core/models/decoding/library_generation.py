"""Generation by transformers itself, for models whose past is more than keys and values in columns."""

from __future__ import annotations

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
from transformers.generation import GenerationMixin

from skillprobe_core.models.backend import SamplingSettings

from .decoding import BadLogitsError, Row
from .sampling import TokenChoice


@torch.inference_mode()
def generate(
    model: PreTrainedModel,
    rows: Sequence[Row],
    settings: SamplingSettings,
    end_ids: frozenset[int],
    stopped: Callable[[list[int]], bool],
) -> Iterator[tuple[int, list[int]]]:
    """Yield (index of the row, its token ids) like `decode`, by the library's `generate`.

    Prompts of equal length are a batch, so that no prompt is padded: a recurrent state would read the padding.
    """
    for numbers in of_equal_length(rows):
        some = [rows[number] for number in numbers]
        made = _Finished(some, end_ids, stopped)
        ids = torch.tensor([row.prompt for row in some], device=model.device)
        limit = max(row.limit for row in some)
        with plain_defaults(model):
            # Not `model.generate`: some classes replace it for images and then drop the processors.
            GenerationMixin.generate(
                model,
                ids,
                attention_mask=torch.ones_like(ids),
                generation_config=GenerationConfig(
                    max_new_tokens=limit, do_sample=False, use_cache=True, pad_token_id=some[0].prompt[0]
                ),
                logits_processor=LogitsProcessorList([_Choice(some, limit, settings, made)]),
                stopping_criteria=StoppingCriteriaList([made]),
            )
        yield from zip(numbers, made.ids, strict=True)


@torch.inference_mode()
def recompute(
    model: PreTrainedModel,
    rows: Sequence[Row],
    settings: SamplingSettings,
    end_ids: frozenset[int],
    stopped: Callable[[list[int]], bool],
) -> Iterator[tuple[int, list[int]]]:
    """Yield (index of the row, its token ids) like `decode`, by one forward pass of the complete text per token.

    For classes whose `generate` fails or continues a text otherwise than their forward pass reads it. The time grows
    with the square of the length.
    """
    for numbers in of_equal_length(rows):
        made: list[list[int]] = [[] for _ in numbers]
        places = list(range(len(numbers)))
        some = [rows[number] for number in numbers]
        ids = torch.tensor([row.prompt for row in some], device=model.device)
        limit = max(row.limit for row in some)
        choice: TokenChoice | None = None
        for _ in range(limit):
            logits = model(input_ids=ids, use_cache=False).logits[:, -1]
            if not bool(torch.isfinite(logits.amax(dim=-1)).all()):
                raise BadLogitsError
            if choice is None:
                prompts, seeds = [row.prompt for row in some], [row.seed for row in some]
                choice = TokenChoice(prompts, seeds, limit, settings, logits)
            chosen = choice.next(logits)
            kept = []
            for at, (place, token) in enumerate(zip(places, chosen.tolist(), strict=True)):
                text = made[place]
                text.append(token)
                if token in end_ids or len(text) >= some[place].limit or stopped(text):
                    yield numbers[place], text
                else:
                    kept.append(at)
            if not kept:
                break
            rows_left = torch.tensor(kept, device=model.device)
            ids = torch.cat([ids, chosen[:, None]], dim=1)[rows_left]
            choice.keep(rows_left)
            places = [places[at] for at in kept]


def of_equal_length(rows: Sequence[Row]) -> list[list[int]]:
    """Places of the rows, those with prompts of equal length together."""
    batches: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        batches.setdefault(len(row.prompt), []).append(number)
    return list(batches.values())


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
def plain_defaults(model: PreTrainedModel) -> Iterator[None]:
    """Without the checkpoint's own generation settings, which would be applied on top of those of the protocol."""
    kept = model.generation_config
    model.generation_config = GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = kept
