"""The token ids that a model is given: decided here and nowhere else, for every backend."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

INSTRUCTION = "Work step by step. End with a line 'Answer: ' and the answer."


def question(prompt: str) -> str:
    """An item's prompt with the one instruction that all items share."""
    return f"{prompt}\n{INSTRUCTION}"


def plain_text(prompt: str) -> str:
    """The text given to a model without a chat template; the completion starts on the next line."""
    return f"{question(prompt)}\n"


def encode_prompt(tokenizer: PreTrainedTokenizerBase, prompt: str) -> list[int]:
    """Token ids of an item's prompt: through the chat template where the tokenizer has one, else as plain text.

    A chat template writes its own special tokens. For plain text the tokenizer adds what starts a text (one BOS
    at most), and an EOS that it appends is dropped, since the completion goes on from here.
    """
    ids: list[int]
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": question(prompt)}], add_generation_prompt=True, tokenize=False
        )
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids
    ids = tokenizer(plain_text(prompt))["input_ids"]
    ends_text = len(ids) > 1 and ids[-1] == tokenizer.eos_token_id
    return ids[:-1] if ends_text else ids


def encode_completion(tokenizer: PreTrainedTokenizerBase, completion: str) -> list[int]:
    """Token ids of a completed answer, end token included: the text that trainers and divergence see."""
    ids: list[int] = tokenizer(completion, add_special_tokens=False)["input_ids"]
    return ids if tokenizer.eos_token_id is None else [*ids, tokenizer.eos_token_id]


def prompt_digest(ids: list[int]) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the ids as little-endian 32-bit integers."""
    return hashlib.sha256(b"".join(i.to_bytes(4, "little") for i in ids)).hexdigest()[:16]
