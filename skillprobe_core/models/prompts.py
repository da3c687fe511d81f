"""Token ids of prompts: computed here and nowhere else, for every backend."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from .literal_text import LiteralText
from .prompt_format import OWN, PromptFormat, Renderer, Turn

if TYPE_CHECKING:
    import polars as pl
    from transformers import PreTrainedTokenizerBase

INSTRUCTION = "Work step by step. End with a line 'Answer: ' and the answer."
EARLIER_RULE = "1: the tokenizer's chat template if it has one, else plain text with the instruction"
"""The rule of stores that began before `template` was a setting; they go on with it."""

TEMPLATE_RULES = {
    "shared": "2: one chat template for base and checkpoints, else plain text with the instruction; thinking is set",
    "own": "2: each tokenizer's chat template if it has one, else plain text with the instruction; thinking is set",
    "none": "2: plain text with the instruction",
}
"""The rule by which an item becomes a prompt, by `template` under [prompts]; part of every protocol.

Count a rule up when it changes.
"""

NEW_QUESTION = ("\nWork step by step. End with a line", "\nQuestion:")
"""Texts with which a model goes on to a question of its own: the instruction that closes every prompt, and a heading.

They begin with a line break, so that an instruction repeated at the start of an answer does not end it. A blank line is
none of them, since answers have paragraphs.
"""

# Between the examples of a plain-text prompt. A model without a chat template writes it after its answer.
SEPARATOR = "\n\n"

# Recomputing a shorter beginning is faster than copying it.
_WORTH_SHARING = 8

Example = Mapping[str, str]
_OF_EXAMPLE = ("prompt", "reference")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The ids of one prompt; the first `shared` of them (a system prompt, examples) are the same in related prompts."""

    ids: tuple[int, ...]
    shared: int = 0


def question(prompt: str) -> str:
    """An item's prompt with the one instruction that all items share."""
    return f"{prompt}\n{INSTRUCTION}"


def plain_text(prompt: str, examples: Sequence[Example] = (), system: str | None = None) -> str:
    """The text given to a model without a chat template; the completion starts on the next line."""
    before = "".join(f"{question(each['prompt'])}\n{each['reference']}{SEPARATOR}" for each in examples)
    return f"{system + SEPARATOR if system else ''}{before}{question(prompt)}\n"


def encode_prompt(
    tokenizer: PreTrainedTokenizerBase, prompt: str, examples: Sequence[Example] = (), form: PromptFormat = OWN
) -> list[int]:
    """Token ids of an item's prompt in a format: by default the tokenizer's own chat template, else plain text.

    `examples` (each with `prompt` and `reference`) come first, as earlier turns or as text. A chat template writes its
    own special tokens; names of special tokens in the texts stay text (see `literal_text.py`). For plain text the
    tokenizer adds its start of text (at most one BOS), and an EOS that it appends is dropped, since the completion
    continues the text.
    """
    renderer = Renderer(tokenizer, form)
    return _encoded(renderer, LiteralText(tokenizer, renderer.template), prompt, examples)


def _encoded(renderer: Renderer, literal: LiteralText, prompt: str, examples: Sequence[Example]) -> list[int]:
    tokenizer = renderer.tokenizer
    (prompt, *texts), mark = literal.marked([prompt, *(each[name] for each in examples for name in _OF_EXAMPLE)])
    examples = [dict(zip(_OF_EXAMPLE, pair, strict=True)) for pair in zip(texts[::2], texts[1::2], strict=True)]
    if renderer.template is not None:
        text = renderer.text(_turns(prompt, examples))
    else:
        text = plain_text(prompt, examples, renderer.form.system)
    plain = renderer.template is None
    if mark is None:
        ids: list[int] = tokenizer(text, add_special_tokens=plain)["input_ids"]
    else:
        ids = literal.encode(text, mark, add_special_tokens=plain)
    ends_text = plain and len(ids) > 1 and ids[-1] == tokenizer.eos_token_id
    return ids[:-1] if ends_text else ids


def _turns(prompt: str, examples: Sequence[Example]) -> list[Turn]:
    earlier = [
        {"role": role, "content": text}
        for each in examples
        for role, text in (("user", question(each["prompt"])), ("assistant", each["reference"]))
    ]
    return [*earlier, {"role": "user", "content": question(prompt)}]


def encode_prompts(
    tokenizer: PreTrainedTokenizerBase, items: pl.DataFrame, form: PromptFormat = OWN
) -> dict[str, Prompt]:
    """Each item's prompt by its item_id; `items` has columns item_id, prompt and, for few-shot prompts, `examples`."""
    rows = items.select("item_id", "prompt", *(["examples"] if "examples" in items.columns else [])).rows()
    renderer = Renderer(tokenizer, form)
    literal = LiteralText(tokenizer, renderer.template)
    if renderer.template is not None:
        renderer.prepare([_turns(prompt, (rest[0] or []) if rest else []) for _, prompt, *rest in rows])
    groups: dict[tuple[tuple[str, str], ...], dict[str, tuple[int, ...]]] = {}
    for item_id, prompt, *rest in rows:
        examples: list[Example] = (rest[0] or []) if rest else []
        group = groups.setdefault(tuple((each["prompt"], each["reference"]) for each in examples), {})
        group[item_id] = tuple(_encoded(renderer, literal, prompt, examples))
    return {
        item_id: Prompt(ids, shared)
        for group in groups.values()
        for shared in (_common_start(list(group.values())),)
        for item_id, ids in group.items()
    }


def reference_lengths(tokenizer: PreTrainedTokenizerBase, items: pl.DataFrame) -> dict[str, int]:
    """Tokens of each item's worked reference by its item_id, without an end token; 0 for items that have none."""
    if "reference" not in items.columns:
        return dict.fromkeys(items["item_id"], 0)
    texts = [text or "" for text in items["reference"]]
    ids = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
    return dict(zip(items["item_id"], map(len, ids), strict=True))


def few_shot_stop(tokenizer: PreTrainedTokenizerBase, shots: int, form: PromptFormat = OWN) -> tuple[str, ...]:
    """The stop text of an answer: the separator between the examples of a plain-text prompt, if it has any."""
    return (SEPARATOR,) if shots and form.text_for(tokenizer) is None else ()


def encode_completion(tokenizer: PreTrainedTokenizerBase, completion: str) -> list[int]:
    """Token ids of a completed answer, including the end token: the text that trainers and divergence measures use."""
    ids: list[int] = tokenizer(completion, add_special_tokens=False)["input_ids"]
    return ids if tokenizer.eos_token_id is None else [*ids, tokenizer.eos_token_id]


def prompt_digest(ids: Sequence[int]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the ids as little-endian 32-bit integers."""
    return hashlib.sha256(b"".join(i.to_bytes(4, "little") for i in ids)).hexdigest()[:16]


def _common_start(prompts: Sequence[tuple[int, ...]]) -> int:
    """Number of ids that all prompts begin with, at most all but one of the shortest; 0 if too few to be worth sharing.

    The last id of a prompt has to be computed in any case.
    """
    same = sum(1 for _ in takewhile(lambda ids: len(set(ids)) == 1, zip(*prompts, strict=False)))
    same = min(same, min(map(len, prompts)) - 1)
    return same if len(prompts) > 1 and same >= _WORTH_SHARING else 0
