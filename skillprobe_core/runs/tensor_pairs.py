"""Pairs of a checkpoint's weights with its base's, from the headers of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from skillprobe_core.errors import CheckpointError

from .logical_tensors import ModelTensors
from .stacked_experts import comparable_experts
from .tensor_pieces import Part, Piece
from .vocabulary_rows import Rows, rows_are_tokens, two_vocabularies, vocabulary_rows

LEAST_SHARED = 0.5
"""The share of the language model's parameters, of either side, below which two models are not compared."""

BASE_REMEDY = (
    "give the checkpoint that the training started from as the base: --base FOLDER, or `base` in skillprobe.toml"
)
_STACKED = re.compile(r"(^|\.)(mlp|moe|feed_forward|ffn|experts|block_sparse_moe)\.|\.(input|output)_linear\.")
Vocabularies = tuple[Mapping[str, int], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Pair:
    """A weight of the checkpoint and the base's weight that it started from.

    status: `compared`; `tied`, not a separate parameter but `tied_to` another; `missing`, only in the base; `new`, only
    in the checkpoint; `reshaped`, of another shape; `quantised`, stored in a format that cannot be dequantised;
    `not_float`, not weights. lacking: for rows of tokens that one side lacks, words for the label.
    """

    key: str
    status: str
    base: Piece | None = None
    tensor: Piece | None = None
    tied_to: str | None = None
    lacking: str = ""

    @property
    def piece(self) -> Piece | None:
        """The checkpoint's side, or the base's if it has none."""
        return self.tensor or self.base

    @property
    def label(self) -> str:
        """The name in the checkpoint, with the number of an expert; else the base's, else the canonical name."""
        return (self.key if self.piece is None else self.piece.label) + self.lacking

    @property
    def base_label(self) -> str | None:
        """The base's name in the same form."""
        return None if self.base is None else self.base.label

    @property
    def place(self) -> str:
        """The part of the model that the weight belongs to (see `CanonicalName`)."""
        return "text" if self.piece is None else self.piece.tensor.place

    @property
    def layer(self) -> int | None:
        """Number of the language model's layer."""
        return None if self.piece is None else self.piece.tensor.layer

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the weight."""
        return () if self.piece is None else self.piece.shape


def pairs_of(base: ModelTensors, checkpoint: ModelTensors) -> list[Pair]:
    """Every weight of either side, matched by canonical name, in the order of the checkpoint's names.

    Experts are matched one by one, however each side stores them; rows of embeddings and heads by their token. A head
    that only one side stores is compared with the embedding that the other side ties it to.

    Raises:
        CheckpointError: The sides have different numbers of layers, or less than `LEAST_SHARED` in common.
    """
    _same_depth(base, checkpoint)
    vocabularies = two_vocabularies(base.weights.model, checkpoint.weights.model)
    old, new = comparable_experts(base.tensors, checkpoint.tensors)
    pairs: list[Pair] = []
    for key, piece in new.items():
        other = old.get(key)
        if other is None and key in base.tied:
            other = old.get(base.tied[key])
        pairs += [_alone(key, None, piece)] if other is None else _matched(key, other, piece, vocabularies)
    for key in old.keys() - new.keys():
        tied = new.get(checkpoint.tied.get(key, ""))
        alone = _alone(key, old[key], None)
        pairs.append(alone if tied is None else replace(alone, status="tied", tied_to=tied.label))
    for key in checkpoint.tied.keys() & base.tied.keys():
        pairs.append(Pair(key, "tied", tied_to=checkpoint.tensors[checkpoint.tied[key]].name))
    check_shared(pairs, base, checkpoint)
    return sorted(pairs, key=lambda pair: (pair.piece.tensor.name if pair.piece else pair.key, _order(pair)))


def check_shared(pairs: list[Pair], base: ModelTensors, checkpoint: ModelTensors) -> None:
    """Raise CheckpointError if less than `LEAST_SHARED` of either side's language model can be compared."""
    text = [pair for pair in pairs if pair.place == "text"]
    shared = sum(
        pair.piece.elements for pair in text if pair.piece and pair.status in ("compared", "tied", "not_float")
    )
    of_either = [
        sum(piece.elements for piece in sides if piece)
        for sides in ([pair.base for pair in text], [pair.tensor for pair in text])
    ]
    quantised = any(pair.status == "quantised" for pair in text)
    share = 1.0 if quantised and not shared else shared / max(*of_either, 1)
    if share >= LEAST_SHARED or (quantised and shared):
        return
    first = next((pair for pair in text if pair.status in ("reshaped", "missing", "new")), None)
    raise CheckpointError(
        f"only {share:.0%} of the parameters can be compared with the base {base.weights.folder}"
        + (f": tensor {_described(first)}" if first else ""),
        remedy=BASE_REMEDY,
        path=checkpoint.weights.folder,
    )


def _alone(key: str, base: Piece | None, tensor: Piece | None) -> Pair:
    """A weight that the other side does not have, or has in a form in which it is not recognised."""
    unreadable = any(piece is not None and piece.tensor.unreadable for piece in (base, tensor))
    return Pair(key, "quantised" if unreadable else "new" if base is None else "missing", base, tensor)


def _order(pair: Pair) -> tuple[int, str]:
    part = pair.piece.part if pair.piece else None
    return (part.expert or 0, part.half) if part else (0, "")


def _matched(key: str, old: Piece, new: Piece, vocabularies: Vocabularies | None) -> Iterator[Pair]:
    if old.tensor.unreadable or new.tensor.unreadable:
        yield Pair(key, "quantised", old, new)
        return
    if not old.tensor.floating or not new.tensor.floating or not new.elements:
        yield Pair(key, "not_float", old, new)
        return
    if rows_are_tokens(key) and old.shape and new.shape and old.shape[1:] == new.shape[1:]:
        rows = vocabulary_rows(vocabularies, old.shape[0], new.shape[0])
        if rows is not None:
            if len(rows.base):
                yield Pair(key, "compared", _with_rows(old, rows.base), _with_rows(new, rows.checkpoint))
            if len(rows.missing):
                yield Pair(key, "missing", _with_rows(old, rows.missing), lacking="[missing rows]")
            if len(rows.new):
                yield Pair(key, "new", None, _with_rows(new, rows.new), lacking="[new rows]")
            return
    if old.shape != new.shape:
        yield Pair(key, "reshaped", old, new)
    elif len(new.shape) == 3 and min(new.shape[1:]) > 1 and _STACKED.search(key):
        for expert in range(new.shape[0]):
            part = Part(expert)
            yield Pair(key, "compared", Piece(old.tensor, part), Piece(new.tensor, part))
    else:
        yield Pair(key, "compared", old, new)


def _with_rows(piece: Piece, rows: Rows) -> Piece:
    return replace(piece, part=replace(piece.part, rows=rows))


def _same_depth(base: ModelTensors, checkpoint: ModelTensors) -> None:
    old, new = ({tensor.layer for tensor in side.tensors.values()} - {None} for side in (base, checkpoint))
    if old and new and old != new:
        raise CheckpointError(
            f"the checkpoint has {len(new)} layers, but the base {base.weights.folder} has {len(old)}",
            remedy=BASE_REMEDY,
            path=checkpoint.weights.folder,
        )


def _described(pair: Pair) -> str:
    shapes = [None if piece is None else list(piece.shape) for piece in (pair.tensor, pair.base)]
    here, there = ("is missing" if shape is None else f"has shape {shape}" for shape in shapes)
    return f"{pair.label!r} {here} here and {there} in the base"
