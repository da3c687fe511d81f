"""Texts of items as token ids: the names of special tokens in them stay text.

Imported data may contain `<|im_end|>`. A tokenizer would turn it into the token that ends the user's turn. So a mark, a
code point that no text has, is put into such names before the template is applied: the tokenizer then recognises only
the special tokens that the template writes. The mark is removed after that step and before the text is split into
tokens, so that the ids are those of the text itself.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from skillprobe_core.errors import CheckpointError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_MARKS = tuple(map(chr, range(0xFDD0, 0xFDF0)))  # noncharacters of Unicode, reserved for use inside a program
_BYTE = re.compile(r"<0x[0-9A-Fa-f]{2}>")


class LiteralText:
    """Encodes texts of which some parts are data, with one tokenizer.

    Args:
        tokenizer: The tokenizer.
        template: The chat template. Tokens that it names control the model as special tokens do, also where the
            tokenizer does not list them as special: `<think>`, `<tool_call>`.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, template: str | None = None) -> None:
        self._tokenizer, self._template = tokenizer, template or ""
        self._copies: dict[str, Any] = {}  # of tokenizers.Tokenizer

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """Names of the tokens that control the model, the longest first."""
        special = set(self._tokenizer.all_special_tokens)
        for token in self._tokenizer.added_tokens_decoder.values():
            named = token.content in self._template and not token.content[:1].isalnum()
            if token.special or (named and token.content.strip()):
                special.add(token.content)
        return tuple(sorted((name for name in special if len(name) > 1), key=lambda name: (-len(name), name)))

    def marked(self, texts: Sequence[str]) -> tuple[list[str], str | None]:
        """The texts with a mark in each name of a control token, and the mark.

        Args:
            texts: Texts that are data.

        Returns:
            The marked texts and the mark. Texts without such names are returned as they are, with None.
        """
        near = [text for text in texts if any(start in text for start in self._starts)]
        if not any(name in text for text in near for name in self.controls):
            return list(texts), None
        mark = next(each for each in _MARKS if not any(each in text for text in texts))
        return [self._marked(text, mark) for text in texts], mark

    def encode(self, text: str, mark: str, *, add_special_tokens: bool) -> list[int]:
        """Token ids of a text without its marks.

        Args:
            text: A text that contains marked texts.
            mark: The mark.
            add_special_tokens: True to add those that the tokenizer adds to every text.

        Returns:
            The ids. Names of control tokens that a mark was in are text.

        Raises:
            CheckpointError: The tokenizer turns such a name into the token in every way.
        """
        expected = self._controls_in(self._tokenizer(text, add_special_tokens=add_special_tokens)["input_ids"])
        ways: tuple[Callable[[str, str, bool], list[int]], ...] = (self._in_context, self._in_parts)
        for way in ways if hasattr(self._tokenizer, "backend_tokenizer") else ways[1:]:
            ids = way(text, mark, add_special_tokens)
            if self._controls_in(ids) == expected:
                return ids
        name = next(name for name in self.controls if name in text.replace(mark, ""))
        raise CheckpointError(
            f"an item contains {name!r}, which this tokenizer cannot read as text",
            remedy="remove that item from the data, or its source from `sources` under [items]",
            path=self._tokenizer.name_or_path,
        )

    def text_ids(self, text: str) -> list[int]:
        """Token ids of a text that is data, without special tokens.

        Args:
            text: The text.

        Returns:
            The ids.

        Raises:
            CheckpointError: As for `encode`.
        """
        (marked,), mark = self.marked([text])
        return self._ids(text) if mark is None else self.encode(marked, mark, add_special_tokens=False)

    def _marked(self, text: str, mark: str) -> str:
        for name in self.controls:
            text = text.replace(name, name[0] + mark + name[1:])
        return text

    def _controls_in(self, ids: Sequence[int]) -> Counter[int]:
        return Counter(number for number in ids if number in self._control_ids)

    @cached_property
    def _starts(self) -> frozenset[str]:
        """The first letters of the names, of which there may be thousands: nearly all texts have none."""
        return frozenset(name[:2] for name in self.controls)

    @cached_property
    def _control_ids(self) -> frozenset[int]:
        tokenizer = self._tokenizer
        ids = {tokenizer.convert_tokens_to_ids(name) for name in self.controls if not _BYTE.fullmatch(name)}
        return frozenset(ids - {tokenizer.unk_token_id})  # the mark itself may be unknown, or written as bytes

    def _in_context(self, text: str, mark: str, add_special_tokens: bool) -> list[int]:
        """Encode by a copy of the tokenizer that drops the mark once it has recognised the special tokens."""
        if mark not in self._copies:
            self._copies[mark] = _dropping(self._tokenizer.backend_tokenizer, mark, self.controls)
        ids: list[int] = self._copies[mark].encode(text, add_special_tokens=add_special_tokens).ids
        return ids

    def _in_parts(self, text: str, mark: str, add_special_tokens: bool) -> list[int]:
        """Encode what lies between the marks, part by part."""
        first, *parts = text.split(mark)
        line = self._ids("\n")
        ids = self._ids(first)
        for part in parts:
            # After a line break, since some tokenizers put a space before the start of a text.
            found = self._ids(f"\n{part}")
            ids += found[len(line) :] if found[: len(line)] == line else self._ids(part)
        if add_special_tokens:
            bare, complete = self._ids("x"), list(self._tokenizer("x")["input_ids"])
            start = next(place for place in range(len(complete)) if complete[place : place + len(bare)] == bare)
            return [*complete[:start], *ids, *complete[start + len(bare) :]]
        return ids

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])


def _dropping(backend: Any, mark: str, controls: Sequence[str]) -> Any:  # noqa: ANN401
    """A copy of a tokenizer that removes the mark after it has recognised special tokens."""
    described: dict[str, Any] = json.loads(backend.to_str())
    drop = {"type": "Replace", "pattern": {"String": mark}, "content": ""}
    usual = described["normalizer"]
    described["normalizer"] = {"type": "Sequence", "normalizers": [drop, *([] if usual is None else [usual])]}
    for token in described["added_tokens"]:
        if token["content"] in controls:
            token["normalized"] = False  # recognised before the mark is removed
    copy = type(backend).from_str(json.dumps(described))
    copy.no_padding()
    copy.no_truncation()
    return copy
