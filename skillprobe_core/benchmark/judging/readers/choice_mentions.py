"""The letters of options that a text mentions, and which of them are one list or a copy of the options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from skillprobe_core.benchmark.judging.question import Question

from . import english
from .folding import name_form, plain_text

MAX_MENTIONS = 64
_MENTION = re.compile(r"(?<![A-Za-z0-9_'.\-^\\])([A-Z])(?![A-Za-z0-9_'+#^=]|-[A-Za-z]|\.[A-Za-z])")
_SMALL_MENTION = re.compile(
    r"(?:(?<=\()([a-z])(?=\))|(?:^|(?<=option )|(?<=choice )|(?<=letter )|(?<=answer is ))([a-z])(?=[).:]?(?:\s|$)))"
)
_BETWEEN = re.compile(
    r"[)\]\"'*.]*\s*(?:,|;|/|->|\bor\b|\band\b|\bnor\b|\+|\bor also\b|\band/or\b|,\s*(?:or|and)\b)"
    r"\s*[(\[\"'*]*(?:option\s+|choice\s+)?"
)
ARROW = re.compile(r"\s*->\s*")
_MARKED = re.compile(r"[).:\]]\s*[\"'*]?\w")


class Mention(NamedTuple):
    """A letter at its place in a text."""

    start: int
    end: int
    letter: str


def mentions_in(text: str, texts: Mapping[str, tuple[str, ...]], question: Question) -> list[Mention]:
    """The letters of options in a text, from left to right, without the article and the pronoun."""
    known = set(question.options)
    found = []
    for match in [*_MENTION.finditer(text), *_SMALL_MENTION.finditer(text)]:
        place = match.start()
        letter = match[0].upper()
        if known and letter not in known:
            continue
        if match[0] in "AI" and _is_a_word(text, match, texts.get(letter, ())):
            continue
        if match[0] == "a" and text[match.end() : match.end() + 1] not in {")", ".", ":", ""}:
            continue
        found.append(Mention(place, match.end(), letter))
        if len(found) > MAX_MENTIONS:
            break
    return sorted(found)


def _is_a_word(text: str, match: re.Match[str], words: tuple[str, ...]) -> bool:
    """True for the article and the pronoun: `A dog`, `I think`."""
    after = text[match.end() : match.end() + 80]
    if not re.match(r"[^\S\n]+[^\W_]", after):
        return match[0] == "I" and after.startswith("'")
    rest = name_form(after)
    if any(rest.startswith(name_form(word)) for word in words):
        return False
    following = english.tokens(after)[0]
    if match[0] == "I":
        return not (following in {"is", "because", "since", "or", "and"} or following in english.REASONS)
    reads_on = following in english.VERBS | english.REASONS | english.CONTRASTS | english.ALTERNATIVES | {
        "not", "nor", "would", "rather", "instead", "seems", "fits", "matches", "which", "contradicts", "fails",
    }  # fmt: skip
    return not reads_on and after.strip()[:1].isascii()


def groups_of(text: str, mentions: list[Mention]) -> list[list[Mention]]:
    """Mentions joined by commas, `and` or `or` are one group."""
    groups: list[list[Mention]] = []
    for mention in mentions:
        joint = _BETWEEN.fullmatch(text, groups[-1][-1].end, mention.start) if groups else None
        if joint and not (";" in joint[0] and re.match(r"\s+\w", text[mention.end : mention.end + 9])):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def is_chain(text: str, mentions: list[Mention]) -> bool:
    """True for letters that arrows join."""
    pairs = pairwise(mentions)
    return len(mentions) > 1 and all(ARROW.fullmatch(text, left.end, right.start) for left, right in pairs)


def copies_options(text: str, mentions: list[Mention], texts: Mapping[str, tuple[str, ...]]) -> bool:
    """True if the text repeats two or more options with their marks, one after the other, and nothing between them."""
    run = 1
    for left, right in pairwise(mentions):
        between = text[left.end : right.start].strip(" \t\n,;.()[]:*\"'-")
        listed = _MARKED.match(text, left.end) is not None and right.letter != left.letter
        own = any(name_form(between) == name_form(word) for word in texts.get(left.letter, ()))
        own = own and not _goes_on(text[right.end :], texts.get(right.letter, ()))
        words = english.tokens(between)
        plain = len(words) <= 6 and not (
            set(words) & (english.VERBS | english.REASONS | english.CONTRASTS | english.DENIALS)
        )
        sentence = re.search(r"[.!?;]\s", text[left.end + 1 : right.start]) is not None
        if listed and (own or (plain and not sentence)) and _marked_itself(text, right):
            run += 1
            if run > 2 or own:
                return True
        else:
            run = 1
    return False


def _goes_on(after: str, words: tuple[str, ...]) -> bool:
    """True if an option's words are the subject of a sentence: `A) Bratislava is in Slovakia`."""
    following = english.tokens(after.lstrip(")].: ")[:200])
    for word in words:
        own = english.tokens(plain_text(word))
        if following[: len(own)] == own:
            return following[len(own) : len(own) + 1] != [] and following[len(own)] in english.VERBS
    return False


def _marked_itself(text: str, mention: Mention) -> bool:
    return text[mention.end : mention.end + 1] in {")", ".", ":"} or text[mention.start - 1 : mention.start] == "("
