"""Accuracy of a network: a cheap lower bound during training, real answers at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import polars as pl
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from skillprobe_core.benchmark.item_schema import Item, Kind, Split
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.machine.fast_number_types import bfloat16_is_fast
from skillprobe_core.models.prompts import encode_prompt

from .batches import IGNORED, batches_by_length, example_of
from .curriculum import Slot

_BATCH_TOKENS = 4096


def held_out(kinds: Sequence[Kind], levels: Sequence[int], split: Split, count: int, seed: int = 0) -> list[Item]:
    """Up to `count` different items of each kind and level from a split that is not used for training."""
    found: dict[str, Item] = {}
    for kind in kinds:
        for level in levels:
            drawn = (draw(kind, level, split, seed, index) for index in range(count if level in kind.levels else 0))
            found.update({item.item_id: item for item in drawn if item is not None})
    return list(found.values())


def recited(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item]) -> dict[Slot, float]:
    """Share of items, by (kind, level), for which greedy decoding would write exactly the reference answer.

    One forward pass per item: greedy decoding writes the reference if and only if each of its tokens is the most likely
    one after the previous tokens. It is a lower bound on accuracy, since other texts can end in the correct answer.
    """
    hits: dict[Slot, list[bool]] = defaultdict(list)
    pairs = sorted(((example_of(item, tokenizer), item) for item in items), key=lambda pair: -len(pair[0].ids))
    rows = iter(pairs)
    network.eval()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16_is_fast()):
        padding = int(tokenizer.convert_tokens_to_ids(str(tokenizer.pad_token)))
        for batch in batches_by_length([example for example, _ in pairs], padding, _BATCH_TOKENS):
            best = network(input_ids=batch.ids, use_cache=False).logits.argmax(-1)
            right = ((best == batch.targets) | (batch.targets == IGNORED)).all(dim=1)
            for solved in right.tolist():
                _, item = next(rows)
                hits[item.kind, item.level].append(solved)
    network.train()
    return {slot: sum(solved) / len(solved) for slot, solved in hits.items()}


def answers(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item], *, tokens: int, rows: int = 64
) -> Iterator[tuple[Item, str]]:
    """Each item with its greedy completion of at most `tokens` tokens, longest prompts first, `rows` at a time."""
    prompts = sorted(((encode_prompt(tokenizer, item.prompt), item) for item in items), key=lambda pair: -len(pair[0]))
    network.eval()
    for start in range(0, len(prompts), rows):
        group = prompts[start : start + rows]
        inputs = tokenizer.pad({"input_ids": [ids for ids, _ in group]}, padding_side="left", return_tensors="pt")
        with torch.inference_mode():
            written = network.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        texts = tokenizer.batch_decode(written[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        yield from zip((item for _, item in group), texts, strict=True)


def accuracy_table(
    network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, items: Sequence[Item], *, tokens: int = 256
) -> pl.DataFrame:
    """Greedy accuracy by skill, domain, kind and level, judged as in evaluation, a cut completion as if it had ended.

    Columns: skill, domain, kind, level, n, accuracy and unparsed (shares), chance (mean over the items).
    """
    rows = []
    for item, text in answers(network, tokenizer, items, tokens=tokens):
        judgement = judge(item, text)
        rows.append(
            {
                "skill": str(item.skill),
                "domain": str(item.domain),
                "kind": item.kind,
                "level": item.level,
                "accuracy": float(judgement.verdict is Verdict.CORRECT),
                "unparsed": float(judgement.verdict is Verdict.UNPARSED),
                "chance": item.chance,
            }
        )
    keys = ["skill", "domain", "kind", "level"]
    means = [pl.col(name).mean() for name in ("accuracy", "unparsed", "chance")]
    return pl.DataFrame(rows).group_by(keys).agg(pl.len().alias("n"), *means).sort(keys)
