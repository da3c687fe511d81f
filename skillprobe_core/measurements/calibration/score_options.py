"""Likelihoods of the options of multiple-choice items, by one forward pass per option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.measurements.divergence.hidden_states import final_states
from skillprobe_core.measurements.divergence.logit_blocks import LOGITS_AT_A_TIME
from skillprobe_core.measurements.divergence.output_projection import Head, head_of
from skillprobe_core.measurements.divergence.token_texts import Text, Texts, within_context
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.completion_limits import shorter_context
from skillprobe_core.models.device_memory import enough_memory, in_parts
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.prompt_format import OWN, PromptFormat
from skillprobe_core.models.prompts import encode_prompts
from skillprobe_core.models.token_ids import check_token_ids
from skillprobe_core.models.tokenizer_loading import load_tokenizer

from .option_likelihoods_table import OPTION_LIKELIHOODS

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ANSWER = "Answer: {}"


def score_options(probe: Probe) -> pl.DataFrame:
    """The rows of `option_likelihoods` of a probe's checkpoint; none if no item lists options.

    The model is run with transformers from the checkpoint's files, as for divergences, whichever backend generates.
    """
    files = probe.checkpoint.files
    items = with_options(probe.items)
    if items.is_empty():
        return pl.DataFrame(schema=OPTION_LIKELIHOODS.computed_schema)
    tokenizer = load_tokenizer(files)
    texts = within_context(option_texts(tokenizer, items, probe.prompt_format), shorter_context(files))
    check_token_ids(files, tokenizer, ((*text.prompt, *text.completion) for text in texts.texts))
    model = load_model(files, dtype=probe.number_type.torch, device=probe.device)
    return option_rows(items, texts, log_likelihoods(model, texts)).pipe(
        lambda rows: OPTION_LIKELIHOODS.conform(
            rows.with_columns(
                model=pl.lit(probe.checkpoint.model),
                step=pl.lit(probe.checkpoint.step, pl.Int64),
                item_set=pl.lit(probe.item_set),
                dtype=pl.lit(str(model.dtype).removeprefix("torch.")),
            )
        )
    )


def with_options(items: pl.DataFrame) -> pl.DataFrame:
    """The multiple-choice items whose prompts list their options, the right one among them."""
    rows = items.filter(pl.col("answer_type") == str(AnswerType.CHOICE))
    listed = [answer in question_of(prompt).options for prompt, answer in rows.select("prompt", "answer").iter_rows()]
    return rows.filter(pl.Series(listed, dtype=pl.Boolean))


def option_texts(tokenizer: PreTrainedTokenizerBase, items: pl.DataFrame, form: PromptFormat = OWN) -> Texts:
    """Each item's prompt followed by each of its options as the answer; `sample` is the option's place."""
    prompts = encode_prompts(tokenizer, items, form)
    texts = [
        Text(item_id, prompts[item_id].ids, tuple(_ids(tokenizer, ANSWER.format(letter))), sample=place)
        for item_id, prompt in items.select("item_id", "prompt").iter_rows()
        for place, letter in enumerate(question_of(prompt).options)
    ]
    return Texts(item_set=str(items["item_set"][0]), text="options", texts=tuple(texts))


def _ids(tokenizer: PreTrainedTokenizerBase, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def log_likelihoods(model: PreTrainedModel, texts: Texts) -> list[float | None]:
    """Log-likelihood of each text's completion tokens given its prompt, in nats; None for a text that has none."""
    head = head_of(model)
    found: list[float | None] = [None] * len(texts.texts)
    for batch in final_states(model, texts):
        token = torch.tensor([each for place in batch.index for each in texts.texts[place].completion])
        chosen = _log_probabilities(head, batch.states, token)
        start = 0
        for place in batch.index:
            end = start + len(texts.texts[place].completion)
            found[place] = float(np.sum(chosen[start:end]))
            start = end
    return found


def _log_probabilities(head: Head, states: torch.Tensor, token: torch.Tensor) -> np.ndarray[tuple[int], Any]:
    """log p of each token (tokens,) in float64 from the states (tokens, width) before it, in blocks that fit."""

    def of_block(part: range) -> torch.Tensor:
        logits = head.project(states[part.start : part.stop]).double()
        of_tokens = token[part.start : part.stop].to(logits.device)
        return logits.log_softmax(-1).gather(1, of_tokens[:, None])[:, 0].cpu()

    rows = max(1, LOGITS_AT_A_TIME // head.vocabulary)
    smaller = 'set device = "cpu" under [compute] in skillprobe.toml'
    with torch.inference_mode(), enough_memory(head.weight.device, "the logits of a single token", smaller):
        return torch.cat(list(in_parts(len(token), of_block, size=rows))).numpy()


def option_rows(items: pl.DataFrame, texts: Texts, likelihoods: list[float | None]) -> pl.DataFrame:
    """One row per option of the items of which every option was scored, with the share among them."""
    about = {row["item_id"]: row for row in items.select("item_id", "prompt", "answer").iter_rows(named=True)}
    rows = []
    for text, value in zip(texts.texts, likelihoods, strict=True):
        item = about[text.item_id]
        letter = list(question_of(item["prompt"]).options)[text.sample]
        rows.append((text.item_id, letter, value, letter == item["answer"]))
    schema = {"item_id": pl.String, "option": pl.String, "log_likelihood": pl.Float64, "right": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    frame = frame.filter(pl.col("log_likelihood").is_not_null().all().over("item_id"))
    weight = (pl.col("log_likelihood") - pl.col("log_likelihood").max().over("item_id")).exp()
    return frame.with_columns(probability=weight / weight.sum().over("item_id"))
