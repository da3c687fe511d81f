"""Pieces of tensors read the same values as the tensors themselves, plain and quantised."""

import json

import pytest
import torch
from safetensors.torch import save_file
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

from skillprobe_core.measurements.parameters.piece_reader import half_rows, reader_of
from skillprobe_core.runs.logical_tensors import logical_tensors
from skillprobe_core.runs.tensor_pieces import COMPLETE, Part, Piece
from skillprobe_core.runs.weights import open_weights
from tests.measurements.parameters.conftest import normal

BLOCK = "model.layers.0.mlp.experts"
PARTS = [
    Part(0), Part(2), Part(1, transposed=True), Part(1, "gate"), Part(1, "up"), Part(2, "gate", transposed=True),
    Part(2, "up", transposed=True),
]  # fmt: skip


def expected(matrix: torch.Tensor, part: Part, *, interleaved: bool) -> torch.Tensor:
    matrix = matrix[part.expert]
    matrix = matrix.T if part.transposed else matrix
    if part.half and interleaved:
        return matrix[int(part.half == "up") :: 2]
    return matrix.chunk(2)[int(part.half == "up")] if part.half else matrix


def check(reader, matrix):
    assert reader.shape == tuple(matrix.shape)
    torch.testing.assert_close(reader.rows(1, 4).float(), matrix[1:4], rtol=0, atol=0)
    torch.testing.assert_close(reader.columns(1, 4).float(), matrix[:, 1:4], rtol=0, atol=0)


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("part", PARTS)
def test_pieces_of_a_stack(tmp_path, part, interleaved):
    stack = normal(3, 64, 32)
    save_file({f"{BLOCK}.gate_up_proj": stack}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt_oss" if interleaved else "llama4"}))
    weights = open_weights(tmp_path)
    (tensor,) = logical_tensors(weights).values()
    check(reader_of(weights, Piece(tensor, part)), expected(stack, part, interleaved=interleaved))


@pytest.mark.parametrize("part", PARTS)
def test_pieces_of_mxfp4_are_those_of_the_weights_that_the_model_uses(tmp_path, part):
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 256, (3, 16, 2, 16), dtype=torch.uint8, generator=generator)
    scales = torch.randint(115, 130, (3, 16, 2), dtype=torch.uint8, generator=generator)
    save_file(
        {f"{BLOCK}.gate_up_proj_blocks": blocks, f"{BLOCK}.gate_up_proj_scales": scales}, tmp_path / "model.safetensors"
    )
    (tmp_path / "config.json").write_text('{"model_type": "gpt_oss"}')
    weights = open_weights(tmp_path)
    (tensor,) = logical_tensors(weights).values()
    dense = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
    check(reader_of(weights, Piece(tensor, part)), expected(dense, part, interleaved=True))


@pytest.mark.parametrize("part", PARTS)
def test_pieces_of_stacked_float8(tmp_path, part):
    codes, scales = normal(3, 64, 32).to(torch.float8_e4m3fn), normal(3, 4, 2, seed=1).abs()
    name = f"{BLOCK}.gate_up_proj.weight"
    save_file({name: codes, f"{name}_scale_inv": scales}, tmp_path / "model.safetensors")
    weights = open_weights(tmp_path)
    (tensor,) = logical_tensors(weights).values()
    dense = codes.float() * scales.repeat_interleave(16, 1).repeat_interleave(16, 2)
    check(reader_of(weights, Piece(tensor, part)), expected(dense, part, interleaved=False))


@pytest.mark.parametrize("rows", [range(2, 9), (7, 3, 3, 60), (0, 5, 1, 2)])
@pytest.mark.parametrize("quantised", [False, True])
def test_chosen_rows_of_a_table_are_read_in_their_order(tmp_path, rows, quantised):
    table, name = normal(64, 32), "model.embed_tokens.weight"
    codes, scales = table.to(torch.float8_e4m3fn), torch.full((64, 1), 0.5)
    save_file({name: codes, f"{name}_scale": scales} if quantised else {name: table}, tmp_path / "model.safetensors")
    weights = open_weights(tmp_path)
    (tensor,) = logical_tensors(weights).values()
    dense = codes.float() * scales if quantised else table
    check(reader_of(weights, Piece(tensor, Part(rows=rows))), dense[list(rows)])
    if not quantised:
        assert reader_of(weights, Piece(tensor, COMPLETE)).rows(0, 1).data_ptr() == weights.tensor(name).data_ptr()


def test_halves_take_every_row_once():
    for interleaved in (False, True):
        both = [
            *half_rows(Part(half="gate"), 10, interleaved=interleaved),
            *half_rows(Part(half="up"), 10, interleaved=interleaved),
        ]
        assert sorted(both) == list(range(10))
