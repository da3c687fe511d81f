"""Markers of a thinking model's reasoning, and the division of a completion's text by them."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from functools import cache

MARKERS = (
    ("<think>", "</think>"),  # DeepSeek-R1, Qwen3, SmolLM3, GLM-4.5, Nemotron, Olmo 3 and most others
    # Harmony (gpt-oss): every channel but the last `final` one is reasoning.
    ("<|channel|>", "<|channel|>final<|message|>"),
    ("<|channel>", "<channel|>"),  # Gemma 4
    ("[THINK]", "[/THINK]"),  # Magistral
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Command A Reasoning
    ("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ("◁think▷", "◁/think▷"),  # Kimi-VL
    ("<|begin_of_thought|>", "<|end_of_thought|>"),  # OpenThinker
    ("<thought>", "</thought>"),  # EXAONE Deep
)
"""Markers before and after the reasoning, of the families that write them."""

# The final channel is a message of its own, which begins after the end of the message before it.
_HARMONY = MARKERS[1]
_NEXT_MESSAGE = "<|end|><|start|>assistant"

_TOKENS_IN_MARKERS = re.compile(r"<[^<>]+>|\[[^\[\]]+\]|◁[^◁▷]+▷")


def markers_for(vocabulary: Container[str], template: str | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    """The markers that a tokenizer or the chat template defines, else the usual ones.

    Args:
        vocabulary: The tokenizer's tokens.
        template: The chat template that prompts are written with; None for plain text.
        usual: The markers to use where neither defines any.

    Returns:
        The first of `MARKERS` that the template names and whose tokens the vocabulary has, else one that the template
        names, else one whose tokens the vocabulary has.
    """
    named = [pair for pair in MARKERS if template is not None and names_markers(template, pair)]
    known = [pair for pair in MARKERS if all(token in vocabulary for token in tokens_in(pair))]
    both = [pair for pair in named if pair in known]
    return next(iter((*both, *named, *known)), usual)


def names_markers(template: str, markers: Sequence[str]) -> bool:
    """True if the template names the tokens of both markers."""
    return all(token in template for token in tokens_in(markers))


@cache
def tokens_in(markers: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of markers that may be tokens of their own: all of `<think>`, two of a harmony marker."""
    return tuple(dict.fromkeys(token for marker in markers for token in _TOKENS_IN_MARKERS.findall(marker) or [marker]))


def closing_of(markers: Sequence[str]) -> str:
    """The text that ends an open reasoning: the closing marker, in harmony after the start of a new message."""
    return f"{_NEXT_MESSAGE}{markers[1]}" if tuple(markers) == _HARMONY else markers[1]


def divided(text: str, markers: Sequence[str], *, opened: bool = False) -> tuple[str | None, str]:
    """The reasoning with its markers (None if there is none) and the answer; together they are the text.

    A completion contains reasoning if it begins with the opening marker, begins inside the reasoning (`opened`), or
    has a closing marker without an opening one before it. A text that only mentions a marker later has none: its answer
    starts with the first word. The answer begins after the last closing marker, since a model may think again. Without
    a closing marker, or with an opening one after the last of them, all of it is reasoning.
    """
    if not markers:
        return None, text
    opening, closing = markers
    first = text.find(closing)
    begins = opened or text.lstrip().startswith(opening)
    if not begins and (first < 0 or opening in text[:first]):
        return None, text
    if first < 0:
        return text, ""
    end = text.rfind(closing) + len(closing)
    return (text, "") if opening in text[end:] else (text[:end], text[end:])


def ends_inside(text: str, markers: Sequence[str]) -> bool:
    """True if the text opens the reasoning and does not close it, as a template does that opens it in the prompt."""
    if not markers:
        return False
    opening, closing = markers
    return text.rfind(opening) > text.rfind(closing)
