"""Experts in two forms become the same matrices, whatever the orientation of the stacks."""

from pathlib import Path

import pytest

from skillprobe_core.runs.logical_tensors import LogicalTensor
from skillprobe_core.runs.stacked_experts import comparable_experts
from skillprobe_core.runs.stored_weight import Stored

BLOCK = "layers.0.mlp.experts"
EXPERTS, HIDDEN, INNER = 2, 6, 4
SINGLE = {"gate_proj": (INNER, HIDDEN), "up_proj": (INNER, HIDDEN), "down_proj": (HIDDEN, INNER)}
OUT_IN = {"gate_up_proj": (EXPERTS, 2 * INNER, HIDDEN), "down_proj": (EXPERTS, HIDDEN, INNER)}
IN_OUT = {name: (shape[0], *shape[:0:-1]) for name, shape in OUT_IN.items()}
UNGATED = {"up_proj": (EXPERTS, INNER, HIDDEN), "down_proj": (EXPERTS, HIDDEN, INNER)}


def tensors(shapes):
    return {
        key: LogicalTensor(f"model.{key}", key, "text", shape, "float32", Path("f"), Stored("plain", (key,)))
        for key, shape in shapes.items()
    }


def stacks(shapes):
    return tensors({f"{BLOCK}.{name}": shape for name, shape in shapes.items()})


def singles(projections=SINGLE, names=None):
    return tensors(
        {
            f"{BLOCK}.{expert}.{(names or {}).get(name, name)}.weight": shape
            for expert in range(EXPERTS)
            for name, shape in projections.items()
        }
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (stacks(OUT_IN), singles()),
        (stacks(IN_OUT), singles()),
        (stacks(OUT_IN), stacks(IN_OUT)),
        (singles(), singles(names={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"})),
        (stacks(IN_OUT), singles(names={"gate_proj": "w1", "up_proj": "w3", "down_proj": "w2"})),
    ],
)
def test_each_expert_and_projection_is_one_matrix_of_one_shape(one, other):
    for first, second in ((one, other), (other, one)):
        old, new = comparable_experts(first, second)
        expected = {
            f"{BLOCK}.{expert}.{name}.weight": shape for expert in range(EXPERTS) for name, shape in SINGLE.items()
        }
        assert {key: piece.shape for key, piece in old.items()} == expected
        assert {key: piece.shape for key, piece in new.items()} == expected


def test_experts_without_gates_follow_the_other_sides_orientation():
    projections = {name: SINGLE[name] for name in ("up_proj", "down_proj")}
    turned = {name: (shape[0], *shape[:0:-1]) for name, shape in UNGATED.items()}
    for stacked in (UNGATED, turned):
        old, new = comparable_experts(stacks(stacked), singles(projections))
        assert {key: piece.shape for key, piece in old.items()} == {key: piece.shape for key, piece in new.items()}


def test_equal_forms_and_other_tensors_stay_as_they_are():
    other = tensors(
        {"layers.0.mlp.router.weight": (EXPERTS, HIDDEN), "layers.0.mlp.shared_expert.up_proj.weight": (4, 6)}
    )
    for form in (stacks(OUT_IN), singles()):
        old, new = comparable_experts(form | other, form | other)
        assert list(old) == list(new) == list(form | other)
        assert all(piece.part.expert is None for piece in old.values())
