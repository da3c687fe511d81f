"""Dequantised weights equal those that transformers computes, whole and in pieces."""

import pytest
import torch
from transformers.integrations.finegrained_fp8 import Fp8Dequantize
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

from skillprobe_core.measurements.parameters.dequantised_reader import Float8, Mxfp4
from tests.measurements.parameters.conftest import normal


def in_pieces(reader, step=5):
    rows, columns = reader.shape
    by_rows = torch.cat([reader.rows(start, min(start + step, rows)) for start in range(0, rows, step)])
    by_columns = [reader.columns(start, min(start + step, columns)) for start in range(0, columns, step)]
    torch.testing.assert_close(by_rows, torch.cat(by_columns, dim=1), rtol=0, atol=0)
    beyond = reader.rows(rows - 3, rows + 9), reader.columns(columns - 3, columns + 9)
    torch.testing.assert_close(beyond, (by_rows[-3:], by_rows[:, -3:]), rtol=0, atol=0)
    return by_rows


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2])
@pytest.mark.parametrize("grid", [(1, 1), (48, 1), (3, 4), (1, 8)])
def test_float8_is_codes_times_the_scale_of_their_block(dtype, grid):
    codes = normal(48, 64).to(dtype)
    scales = normal(*grid, seed=1).abs()
    reader = Float8(codes, scales, (48 // grid[0], 64 // grid[1]))
    expected = Fp8Dequantize(None)._dequantize_one(codes, scales, torch.float32)
    torch.testing.assert_close(in_pieces(reader), expected, rtol=0, atol=0)


def test_a_last_block_may_be_smaller():
    codes, scales = normal(50, 40).to(torch.float8_e4m3fn), normal(4, 3, seed=1).abs()
    found = in_pieces(Float8(codes, scales, (16, 16)))
    repeated = scales.repeat_interleave(16, 0)[:50].repeat_interleave(16, 1)[:, :40]
    torch.testing.assert_close(found, codes.float() * repeated, rtol=0, atol=0)


def test_mxfp4_equals_the_weights_that_gpt_oss_uses():
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randint(0, 256, (2, 12, 3, 16), dtype=torch.uint8, generator=generator)
    scales = torch.randint(110, 135, (2, 12, 3), dtype=torch.uint8, generator=generator)
    expected = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
    for expert in range(2):
        found = in_pieces(Mxfp4(blocks[expert], scales[expert]))
        torch.testing.assert_close(found.T, expected[expert], rtol=0, atol=0)
