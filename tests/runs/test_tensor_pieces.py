"""Shapes and labels of pieces."""

from pathlib import Path

import pytest

from skillprobe_core.runs.logical_tensors import LogicalTensor
from skillprobe_core.runs.stored_weight import Stored
from skillprobe_core.runs.tensor_pieces import COMPLETE, Part, Piece

NAME = "model.layers.0.mlp.experts.gate_up_proj"
STACK = LogicalTensor(
    NAME, NAME.removeprefix("model."), "text", (3, 8, 10), "float32", Path("f"), Stored("plain", (NAME,))
)


@pytest.mark.parametrize(
    ("part", "label", "shape"),
    [
        (COMPLETE, NAME, (3, 8, 10)),
        (Part(2), f"{NAME}[2]", (8, 10)),
        (Part(1, "gate"), f"{NAME}[1].gate", (4, 10)),
        (Part(1, "up", transposed=True), f"{NAME}[1].up", (5, 8)),
        (Part(1, rows=range(3)), f"{NAME}[1]", (3, 10)),
    ],
)
def test_a_piece_has_the_shape_in_which_it_is_compared(part, label, shape):
    piece = Piece(STACK, part)
    assert (piece.label, piece.shape) == (label, shape)


def test_the_projection_of_a_divided_expert_is_part_of_its_component_name():
    assert Piece(STACK, Part(1)).component_name == STACK.key
    assert Piece(STACK, Part(1, "up")).component_name == f"{STACK.key}[1].up"
