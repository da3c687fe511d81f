"""The texts on which two models are compared, as token ids."""

from __future__ import annotations

import hashlib
import re
import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.models.backend import SamplingSettings, markers_of
from skillprobe_core.models.completion_text import decoded
from skillprobe_core.models.literal_text import LiteralText
from skillprobe_core.models.prompt_format import OWN, PromptFormat
from skillprobe_core.models.prompts import encode_completion, encode_prompts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_ANSWER_LINE = re.compile(r"^[ \t*#]*(?:final )?answer\s*:", re.IGNORECASE | re.MULTILINE)
_BOX = re.compile(r"\\boxed\{")


class Readable(Protocol):
    """A text as one model reads it.

    places: for each measured token, the place in `inputs` from which the model predicts it. read: for each measured
    token that the model reads, the place at which it has read it.
    """

    @property
    def inputs(self) -> tuple[int, ...]:
        """The ids that the model is given."""
        ...

    @property
    def places(self) -> Sequence[int]:
        """Places in `inputs` that predict the measured tokens."""
        ...

    @property
    def read(self) -> Sequence[int]:
        """Places in `inputs` at which the measured tokens have been read."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """One prompt and one completion. Only the completion's tokens are compared; the prompt is their context.

    sample: number of the sampled completion, 0 for reference text; answer_from: position of the first token of the
    final answer in the completion, after the reasoning (the completion's length if it has no answer); left_out:
    positions of tokens that only one of the compared models has, which are not measured.
    """

    item_id: str
    prompt: tuple[int, ...]
    completion: tuple[int, ...]
    sample: int = 0
    answer_from: int = 0
    left_out: tuple[int, ...] = ()

    @property
    def measured(self) -> Sequence[int]:
        """Positions of the completion's tokens that are measured."""
        skipped = set(self.left_out)
        every = range(len(self.completion))
        return [at for at in every if at not in skipped] if skipped else every

    @property
    def inputs(self) -> tuple[int, ...]:
        """The tokens from which a model predicts every completion token: all except the last one."""
        return (*self.prompt, *self.completion)[:-1]

    @property
    def places(self) -> range:
        """The place of `inputs` from which each token of the completion is predicted."""
        return range(len(self.prompt) - 1, len(self.prompt) + len(self.completion) - 1)

    @property
    def read(self) -> range:
        """The place of `inputs` at which each token of the completion is read; the last one is never read."""
        return range(len(self.prompt), len(self.inputs))


@dataclass(frozen=True, slots=True)
class Texts:
    """Fixed texts over one item set; a text's position in `texts` is its index everywhere.

    text: whose they are: `reference`, `base`, `own` or `unrelated`.
    """

    item_set: str
    text: str
    texts: tuple[Text, ...]

    @property
    def tokens(self) -> int:
        """Number of completion tokens over all texts."""
        return sum(len(text.completion) for text in self.texts)

    @property
    def offsets(self) -> list[int]:
        """Start of each text's completion tokens when all are concatenated, followed by their total number."""
        starts = [0]
        for text in self.texts:
            starts.append(starts[-1] + len(text.completion))
        return starts

    def parts(self, tokens: int) -> Iterator[Texts]:
        """The texts in parts of at most so many completion tokens; an item's texts are consecutive and stay together.

        An item with more tokens is a part by itself.
        """
        part: list[Text] = []
        length = 0
        for _, of_item in groupby(self.texts, key=lambda text: text.item_id):
            some = list(of_item)
            size = sum(len(text.completion) for text in some)
            if part and length + size > tokens:
                yield replace(self, texts=tuple(part))
                part, length = [], 0
            part += some
            length += size
        yield replace(self, texts=tuple(part))

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of all token ids, in order."""
        sha = hashlib.sha256()
        for text in self.texts:
            ids = (*text.prompt, *text.completion)
            sha.update(struct.pack(f"<{len(ids) + 2}i", len(text.prompt), len(text.completion), *ids))
        return sha.hexdigest()[:16]


def reference_texts(tokenizer: PreTrainedTokenizerBase, items: pl.DataFrame, form: PromptFormat = OWN) -> Texts:
    """Each item's prompt followed by its own reference answer (columns item_set, item_id, prompt, reference)."""
    prompts = encode_prompts(tokenizer, items, form)
    literal = LiteralText(tokenizer)
    end = () if tokenizer.eos_token_id is None else (tokenizer.eos_token_id,)
    texts = tuple(
        Text(
            item_id=item_id,
            prompt=prompts[item_id].ids,
            completion=(*literal.text_ids(reference), *end),
            answer_from=_reference_answer_start(literal, reference, end),
        )
        for item_id, reference in items.select("item_id", "reference").iter_rows()
    )
    return Texts(item_set=_item_set(items), text="reference", texts=texts)


def generated_texts(
    tokenizer: PreTrainedTokenizerBase,
    items: pl.DataFrame,
    generations: pl.DataFrame,
    text: str,
    form: PromptFormat = OWN,
) -> Texts:
    """Each item's prompt followed by a model's completions, sample by sample (rows of table `generations`).

    The tokens are those that the model wrote, with its reasoning and with the end token that it chose. Only rows
    without ids (a server that returned text alone, a store of before) are tokenised again: closed by the tokenizer's
    end token if the model ended them, not if they were cut. Items without a generation are left out; one whose prompt
    was too long has no completion tokens.
    """
    prompts = encode_prompts(tokenizer, items, form)
    # A thinking model's reasoning is part of the text that its answer was conditioned on.
    full = pl.concat_str(["reasoning", "completion"], ignore_nulls=True).alias("text")
    rows = items.select("item_id").join(
        fair(generations)
        .select("item_id", "sample", full, "finish_reason", "completion_ids", "sampling")
        .sort("item_id", "sample"),
        on="item_id",
        maintain_order="left_right",
    )
    texts = []
    for item_id, sample, written, finish_reason, ids, sampling in rows.iter_rows():
        if ids is None:
            completion = encode_completion(tokenizer, written)
            if finish_reason != "stop" and tokenizer.eos_token_id is not None:
                completion = completion[:-1]
            answer_from = answer_start(tokenizer, written)
        else:
            completion = ids
            answer_from = _answer_start_in(tokenizer, ids, written, SamplingSettings(reasoning=markers_of(sampling)))
        texts.append(
            Text(
                item_id=item_id,
                prompt=prompts[item_id].ids,
                completion=tuple(completion),
                sample=sample,
                answer_from=answer_from,
            )
        )
    return Texts(item_set=_item_set(items), text=text, texts=tuple(texts))


def within_context(texts: Texts, positions: int | None) -> Texts:
    """The texts without the completions that a model of `positions` tokens (None: unlimited) cannot be given.

    Such a text stays as a text without completion tokens, so that nothing is measured on it.
    """
    fitting = tuple(
        text if positions is None or len(text.inputs) <= positions else replace(text, completion=(), answer_from=0)
        for text in texts.texts
    )
    return replace(texts, texts=fitting)


def answer_start(tokenizer: PreTrainedTokenizerBase, completion: str) -> int:
    """Number of tokens before the final answer: the last line that begins with `Answer:`, or else the last box.

    Without either, everything including the end token is reasoning.
    """
    place = _answer_place(completion)
    if place is None:
        return len(encode_completion(tokenizer, completion))
    return len(tokenizer(completion[:place], add_special_tokens=False)["input_ids"])


def _reference_answer_start(literal: LiteralText, reference: str, end: Sequence[int]) -> int:
    place = _answer_place(reference)
    return len(literal.text_ids(reference[:place])) + (len(end) if place is None else 0)


def _answer_start_in(
    tokenizer: PreTrainedTokenizerBase, ids: Sequence[int], text: str, settings: SamplingSettings
) -> int:
    """`answer_start` of a sampled completion: the fewest of its ids that hold the text before the final answer."""
    place = _answer_place(text)
    if place is None:
        return len(ids)
    before = text[:place]

    def hold(count: int) -> bool:
        return decoded(tokenizer, ids[:count], settings).startswith(before)

    # Nearly always the tokenizer splits the text as the model wrote it, which takes two decodings to confirm.
    likely = len(tokenizer(before, add_special_tokens=False)["input_ids"])
    if hold(likely) and (likely == 0 or not hold(likely - 1)):
        return likely
    return bisect_left(range(len(ids)), True, key=hold)


def _answer_place(text: str) -> int | None:
    marks = list(_ANSWER_LINE.finditer(text)) or list(_BOX.finditer(text))
    return marks[-1].start() if marks else None


def _item_set(items: pl.DataFrame) -> str:
    return str(items["item_set"][0]) if items.height else ""
