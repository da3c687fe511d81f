"""The forced reading: the answer that a model gives when `Answer:` is written after its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.item_schema import Item
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker
from skillprobe_core.measurements.calibration.score_options import log_likelihoods, with_options
from skillprobe_core.measurements.divergence.token_texts import Text, Texts, within_context
from skillprobe_core.measurements.generations.generate_answers import completing
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import TOO_LONG, Request, SamplingSettings, markers_of
from skillprobe_core.models.completion_limits import limits_of, shorter_context
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.prompts import encode_prompts
from skillprobe_core.models.reasoning_markers import closing_of
from skillprobe_core.models.tokenizer_loading import load_tokenizer

from .readings_settings import FORCED_TOKENS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CUE = "Answer:"

SCHEMA = pl.Schema(
    {
        "item_id": pl.String(),
        "sample": pl.Int32(),
        "verdict": pl.String(),
        "extracted": pl.String(),
        "completion": pl.String(),
    }
)


@dataclass(frozen=True, slots=True)
class OwnText:
    """A prompt with the model's own text after it.

    ids: token ids of both, without the end token or stop text. cue: the text that has to follow, up to `Answer:`.
    """

    item_id: str
    sample: int
    ids: tuple[int, ...]
    cue: str


def forced_rows(probe: Probe, items: pl.DataFrame, generations: pl.DataFrame) -> pl.DataFrame:
    """The forced answers of a probe's checkpoint after its stored completions.

    The answer to a multiple-choice item that lists its options is the option with the highest likelihood as the answer,
    computed with transformers from the checkpoint's files. Any other answer is the first line of a greedy
    continuation by the probe's backend, of at most `FORCED_TOKENS` tokens.

    Args:
        probe: The checkpoint.
        items: The items to read.
        generations: Its rows of table `generations`.

    Returns:
        One row per item and sample: item_id, sample, verdict, extracted and completion, the forced answer.
    """
    tokenizer = load_tokenizer(probe.checkpoint.files)
    ends, _ = limits_of(probe.checkpoint.files, tokenizer)
    prompts = {name: each.ids for name, each in encode_prompts(tokenizer, items, probe.prompt_format).items()}
    texts = own_texts(tokenizer, prompts, generations, ends)
    item_of = {row["item_id"]: Item.from_row(row) for row in items.iter_rows(named=True)}
    options = set(with_options(items)["item_id"])
    by_likelihood = [text for text in texts if text.item_id in options]
    continued = [text for text in texts if text.item_id not in options]
    rows = [*_continued(probe, tokenizer, continued, item_of), *_most_likely(probe, tokenizer, by_likelihood, item_of)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort("item_id", "sample")


def own_texts(
    tokenizer: PreTrainedTokenizerBase,
    prompts: dict[str, tuple[int, ...]],
    generations: pl.DataFrame,
    ends: frozenset[int],
) -> list[OwnText]:
    """The stored completions of the items in `prompts`, ready for a forced answer.

    The ids are those that the model wrote. A completion whose ids are not known, or that ended with a stop text, is
    tokenised again from its text. Reasoning that was not closed is closed with its marker.
    """
    found = []
    columns = ("item_id", "sample", "reasoning", "completion", "finish_reason", "completion_ids", "sampling")
    for item_id, sample, reasoning, completion, finish, ids, sampling in (
        fair(generations).sort("item_id", "sample").select(columns).iter_rows()
    ):
        if item_id not in prompts:
            continue
        text = f"{reasoning or ''}{completion}"
        if ids is None or finish == "stop_text":
            own: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
        else:
            own = list(ids)
            while own and own[-1] in ends:
                own.pop()
        cue = CUE if not text or text.endswith("\n") else f"\n{CUE}"
        markers = markers_of(sampling)
        if markers and reasoning is not None and not reasoning.endswith(markers[1]):
            cue = f"{closing_of(markers)}\n{CUE}"
        found.append(OwnText(item_id, sample, (*prompts[item_id], *own), cue))
    return found


_Row = tuple[str, int, str, str | None, str]


def _continued(
    probe: Probe, tokenizer: PreTrainedTokenizerBase, texts: Sequence[OwnText], item_of: dict[str, Item]
) -> Iterator[_Row]:
    requests = [
        Request(each.item_id, each.sample, (*each.ids, *_ids(tokenizer, each.cue)), seed=None) for each in texts
    ]
    if not requests:
        return
    # Without penalties: an answer may repeat what was written before it.
    settings = SamplingSettings(max_new_tokens=FORCED_TOKENS, reasoning=())
    with completing(probe, settings, "forced", some_must_fit=False) as complete:
        rows = complete(requests, probe.item_set, 0)
    with SymbolicChecker() as symbolic:
        for item_id, sample, completion, finish in rows.select(
            "item_id", "sample", "completion", "finish_reason"
        ).iter_rows():
            if finish == TOO_LONG:
                yield item_id, sample, str(Verdict.TOO_LONG), None, ""
                continue
            verdict, extracted = read_forced(item_of[item_id], completion, cut=finish == "length", symbolic=symbolic)
            yield item_id, sample, str(verdict), extracted, completion


def read_forced(
    item: Item, continuation: str, *, cut: bool, symbolic: SymbolicChecker | None = None
) -> tuple[Verdict, str | None]:
    """The verdict on a continuation of `Answer:` and the extracted answer: its first line with any text counts."""
    first, more, _ = continuation.strip("\n ").partition("\n")
    ending = Ending.CUT if cut and not more else Ending.ENDED
    verdict, extracted, _ = judge_answer(AnswerKey.of(item), f"{CUE} {first.strip()}", ending=ending, symbolic=symbolic)
    return verdict, extracted


def _most_likely(
    probe: Probe, tokenizer: PreTrainedTokenizerBase, texts: Sequence[OwnText], item_of: dict[str, Item]
) -> Iterator[_Row]:
    if not texts:
        return
    files = probe.checkpoint.files
    letters = [list(question_of(item_of[each.item_id].prompt).options) for each in texts]
    scored = tuple(
        Text(each.item_id, each.ids, tuple(_ids(tokenizer, f"{each.cue} {letter}")), sample=number)
        for number, (each, of) in enumerate(zip(texts, letters, strict=True))
        for letter in of
    )
    options = within_context(Texts(probe.item_set, "options", scored), shorter_context(files))
    values = log_likelihoods(load_model(files, dtype=probe.number_type.torch, device=probe.device), options)
    place = 0
    for each, of in zip(texts, letters, strict=True):
        likelihood = values[place : place + len(of)]
        place += len(of)
        known = [value for value in likelihood if value is not None]
        if len(known) < len(of):
            yield each.item_id, each.sample, str(Verdict.TOO_LONG), None, ""
            continue
        best = of[known.index(max(known))]
        verdict = Verdict.CORRECT if best == item_of[each.item_id].answer else Verdict.WRONG
        yield each.item_id, each.sample, str(verdict), best, best


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids
