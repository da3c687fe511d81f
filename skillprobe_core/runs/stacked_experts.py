"""Experts of a mixture, stored one by one or stacked: the same matrix by matrix on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .logical_tensors import LogicalTensor
from .tensor_pieces import Part, Piece

_SINGLE = re.compile(
    r"^(?P<block>.+\.experts)\.(?P<expert>\d+)\.(?P<projection>w1|w2|w3|gate_proj|up_proj|down_proj)\.weight$"
)
_STACK = re.compile(r"^(?P<block>.+\.experts)\.(?P<projection>gate_up_proj|gate_proj|up_proj|down_proj)(\.weight)?$")
_USUAL = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
_HALVES: tuple[tuple[Literal["gate", "up"], str], ...] = (("gate", "gate_proj"), ("up", "up_proj"))


@dataclass(slots=True)
class _Block:
    """The experts of one layer: stacks by projection, single matrices by expert and projection."""

    stacks: dict[str, LogicalTensor] = field(default_factory=dict)
    singles: dict[tuple[int, str], LogicalTensor] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name: equal for blocks in the same form."""
        return {tensor.key: tensor.shape for tensor in (*self.stacks.values(), *self.singles.values())}


def comparable_experts(
    base: Mapping[str, LogicalTensor], checkpoint: Mapping[str, LogicalTensor]
) -> tuple[dict[str, Piece], dict[str, Piece]]:
    """The tensors of both sides, with experts divided into single matrices where the two sides store them differently.

    A stack holds matrices as (out, in) or as (in, out), gate and up projections one after the other or alternating. A
    divided expert has the canonical name of a single one, `....experts.3.gate_proj.weight`. Stacks in the same form on
    both sides stay as they are.
    """
    old, new = _blocks(base), _blocks(checkpoint)
    different = {block for block in old.keys() & new.keys() if old[block].shapes != new[block].shapes}
    sides = []
    for tensors, blocks, others in ((base, old, new), (checkpoint, new, old)):
        pieces = {}
        for key, tensor in tensors.items():
            found = _SINGLE.match(key) or _STACK.match(key)
            if found is None or found["block"] not in different or not _belongs(key, tensor):
                pieces[key] = Piece(tensor)
        for name in different:
            pieces |= dict(_divided(name, blocks[name], others[name]))
        sides.append(pieces)
    return sides[0], sides[1]


def _belongs(key: str, tensor: LogicalTensor) -> bool:
    return _SINGLE.match(key) is not None or len(tensor.shape) == 3


def _blocks(tensors: Mapping[str, LogicalTensor]) -> dict[str, _Block]:
    blocks: dict[str, _Block] = {}
    for key, tensor in tensors.items():
        if single := _SINGLE.match(key):
            projection = _USUAL.get(single["projection"], single["projection"])
            blocks.setdefault(single["block"], _Block()).singles[int(single["expert"]), projection] = tensor
        elif (stack := _STACK.match(key)) and len(tensor.shape) == 3:
            blocks.setdefault(stack["block"], _Block()).stacks[stack["projection"]] = tensor
    return blocks


def _divided(name: str, block: _Block, other: _Block) -> Iterator[tuple[str, Piece]]:
    for (expert, projection), tensor in block.singles.items():
        yield f"{name}.{expert}.{projection}.weight", Piece(tensor)
    transposed = _transposed(block, other)
    for projection, tensor in block.stacks.items():
        for expert in range(tensor.shape[0]):
            if projection == "gate_up_proj":
                for half, single in _HALVES:
                    yield f"{name}.{expert}.{single}.weight", Piece(tensor, Part(expert, half, transposed))
            else:
                yield f"{name}.{expert}.{projection}.weight", Piece(tensor, Part(expert, "", transposed))


def _transposed(block: _Block, other: _Block) -> bool:
    """True if the stacks hold their matrices as (in, out).

    The shapes of the two stacks of a gated layer show it by themselves. The single matrices of the other side, which
    are always (out, in), show it for the rest.
    """
    fused, down = block.stacks.get("gate_up_proj"), block.stacks.get("down_proj")
    if fused is not None and down is not None:
        return fused.shape[1] == down.shape[2] and fused.shape[2] == 2 * down.shape[1]
    for projection, tensor in block.stacks.items():
        single = other.singles.get((0, projection))
        if single is not None and single.shape != tensor.shape[1:]:
            return single.shape == tensor.shape[:0:-1]
    return False
