"""Texts as two models read them: each with its own ids, at the same places of the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from skillprobe_core.runs.vocabulary_rows import VocabularyRows

from .shared_vocabulary import Vocabulary, shared_vocabulary
from .token_texts import Readable, Text, Texts

Piece = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """One model's input ids for a text. See `Readable` for `places` and `read`."""

    inputs: tuple[int, ...]
    places: Sequence[int]
    read: Sequence[int]


@dataclass(frozen=True, slots=True)
class AlignedTexts:
    """Texts as both models read them.

    texts: the texts in the ids of the model that wrote them, with the positions that are left out. base, checkpoint:
    each model's reading of every text. shared: logits that are compared. columns: for each text, the places of its
    measured tokens among the compared logits.
    """

    texts: Texts
    base: tuple[Readable, ...]
    checkpoint: tuple[Readable, ...]
    shared: VocabularyRows
    columns: tuple[NDArray[np.int64], ...]


def same_ids(texts: Texts, vocabulary: int) -> AlignedTexts:
    """The texts for two models with `vocabulary` logits that belong to the same tokens."""
    every = range(vocabulary)
    columns = tuple(np.array(text.completion, dtype=np.int64) for text in texts.texts)
    return AlignedTexts(texts, texts.texts, texts.texts, VocabularyRows(every, every, range(0), range(0)), columns)


def aligned(texts: Texts, base: Vocabulary, checkpoint: Vocabulary, positions: int | None = None) -> AlignedTexts:
    """The texts as both models read them.

    The model that did not write a text reads the same tokens, found by their strings. A token that it lacks is read as
    the pieces into which its tokenizer divides the string. Such a token cannot be predicted by both models, so its
    position is left out; the tokens after it are measured. Where the pieces do not give the string back, everything
    after the token is left out as well, and so is what exceeds `positions`, the context of the shorter model.

    Args:
        texts: In the checkpoint's ids if they are its own, in the base's otherwise.
        base: The base's tokens.
        checkpoint: The checkpoint's tokens.
        positions: Most tokens that both models take; None if neither states a limit.

    Raises:
        NotComparableError: The models share too few tokens (see `shared_vocabulary`).
    """
    shared = shared_vocabulary(base, checkpoint)
    own = texts.text == "own"
    writer, reader = (checkpoint, base) if own else (base, checkpoint)
    column = {number: place for place, number in enumerate(shared.checkpoint if own else shared.base)}
    pieces = _pieces({n for text in texts.texts for n in (*text.prompt, *text.completion)}, writer, reader)
    kept, native, foreign, columns = [], [], [], []
    for text in texts.texts:
        left_out, reading = _reading(text, pieces, column, positions)
        some = replace(text, left_out=left_out)
        kept.append(some)
        native.append(_measured(some, len(reading.read)))
        foreign.append(reading)
        columns.append(np.array([column[text.completion[at]] for at in some.measured], dtype=np.int64))
    sides = (tuple(native), tuple(foreign))
    return AlignedTexts(replace(texts, texts=tuple(kept)), *(sides[::-1] if own else sides), shared, tuple(columns))


def _pieces(used: Iterable[int], writer: Vocabulary, reader: Vocabulary) -> Mapping[int, tuple[Piece, bool]]:
    """For each of the writer's ids, the reader's, and whether they stand for the same string."""
    same = writer.tokenizer is reader.tokenizer
    strings = {number: token for token, number in writer.ids.items()}
    ids = reader.ids
    found: dict[int, tuple[Piece, bool]] = {}
    for number in used:
        other = number if same else ids.get(strings.get(number, ""), reader.inputs)
        found[number] = ((other,), True) if other < reader.inputs else _divided(number, writer, reader)
    return found


def _divided(number: int, writer: Vocabulary, reader: Vocabulary) -> tuple[Piece, bool]:
    written = writer.tokenizer.decode([number])
    ids = reader.tokenizer(written, add_special_tokens=False)["input_ids"]
    readable = bool(ids) and max(ids) < reader.inputs
    faithful = readable and "�" not in written and reader.tokenizer.decode(ids).strip() == written.strip()
    return (tuple(ids) if readable else (0,)), faithful


def _reading(
    text: Text, pieces: Mapping[int, tuple[Piece, bool]], column: Mapping[int, int], positions: int | None
) -> tuple[tuple[int, ...], Readable]:
    """Positions of the completion that are left out, and the text as its reader reads it."""
    parts = [pieces[number] for number in (*text.prompt, *text.completion)]
    inputs = [number for part, _ in parts[:-1] for number in part]
    end = len(inputs) if positions is None else min(len(inputs), positions)
    ends = list(accumulate(len(part) for part, _ in parts))
    doubtful = next((at for at, (_, faithful) in enumerate(parts) if not faithful), len(parts))
    start = len(text.prompt)
    places = [ends[start + at - 1] - 1 for at in range(len(text.completion))]
    left_out = tuple(
        at
        for at, number in enumerate(text.completion)
        if number not in column or start + at > doubtful or places[at] >= end
    )
    if not left_out and len(inputs) == len(text.inputs):
        same = tuple(inputs)
        return (), text if same == text.inputs else Reading(same, text.places, text.read)
    return left_out, _reduced(left_out, tuple(inputs[:end]), places)


def _measured(text: Text, read: int) -> Readable:
    """The text as its writer reads it; `read`: of as many measured tokens its reader has read, the first ones."""
    if not text.left_out:
        return text
    found = _reduced(text.left_out, text.inputs, text.places)
    # The reader's ids may end in front of the last measured token, at the end of its context.
    return replace(found, read=found.read[:read])


def _reduced(left_out: Sequence[int], inputs: tuple[int, ...], places: Sequence[int]) -> Reading:
    """A reading without the positions that are left out."""
    skipped = set(left_out)
    measured = [at for at in range(len(places)) if at not in skipped]
    return Reading(
        inputs,
        tuple(places[at] for at in measured),
        tuple(places[at + 1] for at in measured if at + 1 < len(places) and places[at + 1] < len(inputs)),
    )
