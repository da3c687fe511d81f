"""The token ids that a model is given: decided here and nowhere else, for every backend."""

from __future__ import annotations

import hashlib
from typing import Any

INSTRUCTION = "Work step by step. End with a line 'Answer: ' and the answer."


def question(prompt: str) -> str:
    """An item's prompt with the one instruction that all items share."""
    return f"{prompt}\n{INSTRUCTION}"


def plain_text(prompt: str) -> str:
    """The text given to a model without a chat template; the completion starts on the next line."""
    return f"{question(prompt)}\n"


def encode_prompt(tokenizer: Any, prompt: str) -> list[int]:
    """Token ids of an item's prompt: through the chat template where the tokenizer has one, else as plain text.

    A tokenizer that starts texts with a BOS token contributes exactly one; an EOS that it appends is dropped,
    since the completion goes on from here.
    """
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": question(prompt)}], add_generation_prompt=True, tokenize=False
        )
    else:
        text = plain_text(prompt)
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    ids: list[int] = tokenizer(text)["input_ids"]
    if not tokenizer.chat_template and ids and ids[-1] == eos != bos:
        ids = ids[:-1]
    while len(ids) > 1 and bos is not None and ids[0] == ids[1] == bos:
        ids = ids[1:]
    return ids


def encode_completion(tokenizer: Any, completion: str) -> list[int]:
    """Token ids of a completed answer, end token included: the text that trainers and divergence see."""
    ids: list[int] = tokenizer(completion, add_special_tokens=False)["input_ids"]
    return ids if tokenizer.eos_token_id is None else [*ids, tokenizer.eos_token_id]


def prompt_digest(ids: list[int]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the ids as little-endian 32-bit integers."""
    return hashlib.sha256(b"".join(i.to_bytes(4, "little") for i in ids)).hexdigest()[:16]
