"""Packed codes, scales in grids and 4-bit blocks, against the same arithmetic on whole tensors."""

import pytest
import torch

from skillprobe_core.measurements.parameters.matrix_reader import Stored
from skillprobe_core.measurements.parameters.packed_reader import FourBitBlocks, Packed, Raised, Scaled
from tests.measurements.parameters.conftest import normal
from tests.measurements.parameters.test_dequantised_reader import in_pieces


def packed(codes: torch.Tensor, bits: int, order=None) -> torch.Tensor:
    per_word = 32 // bits
    padded = torch.nn.functional.pad(codes, (0, -codes.shape[1] % per_word)).long().unflatten(1, (-1, per_word))
    shifts = bits * torch.tensor(order or range(per_word))
    words = (padded << shifts).sum(-1)
    return torch.where(words >= 1 << 31, words - (1 << 32), words).int()


def random_codes(bits: int, rows=13, columns=37) -> torch.Tensor:
    return torch.randint(0, 1 << bits, (rows, columns), generator=torch.Generator().manual_seed(bits))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_codes_come_back_from_words_in_any_pieces(bits):
    codes = random_codes(bits)
    assert in_pieces(Packed(packed(codes, bits), bits, 37)).equal(codes.int())


def test_codes_may_stand_in_another_order_in_their_word():
    codes, order = random_codes(4, columns=40), (0, 4, 1, 5, 2, 6, 3, 7)
    assert in_pieces(Packed(packed(codes, 4, order), 4, 40, order)).equal(codes.int())


def test_raised_codes_are_larger_by_a_number():
    codes = random_codes(4)
    assert in_pieces(Raised(Stored(codes), 3)).equal(codes + 3)


@pytest.mark.parametrize("with_zeros", [True, False])
def test_scales_and_zero_points_follow_their_places(with_zeros):
    codes, scales, zeros = random_codes(8), normal(3, 5), random_codes(4, 3, 5)
    generator = torch.Generator().manual_seed(2)
    places = (torch.randint(0, 3, (13,), generator=generator), torch.randint(0, 5, (37,), generator=generator))
    reader = Scaled(Stored(codes), scales, places, Stored(zeros) if with_zeros else None, zero=5)
    grid = (places[0][:, None], places[1][None, :])
    expected = (codes - (zeros[grid] if with_zeros else 5)).float() * scales[grid]
    torch.testing.assert_close(in_pieces(reader), expected, rtol=0, atol=0)


def test_a_divisor_comes_before_and_a_factor_after_the_product():
    codes, scales, whole = random_codes(8), normal(13, 1), torch.tensor([3.7])
    places = (torch.arange(13), torch.zeros(37, dtype=torch.long))
    divided = in_pieces(Scaled(Stored(codes), scales, places, divisor=whole))
    torch.testing.assert_close(divided, codes.float() * (scales / whole), rtol=0, atol=0)
    multiplied = in_pieces(Scaled(Stored(codes), scales, places, factor=0.3))
    torch.testing.assert_close(multiplied, codes.float() * scales * 0.3, rtol=0, atol=0)


@pytest.mark.parametrize("block", [8, 64])
def test_blocks_run_on_from_row_to_row(block):
    codes, values = random_codes(4, 6, 32), normal(1, 16)[0]
    scales = normal(1, 6 * 32 // block)[0]
    reader = FourBitBlocks(Packed(packed(codes, 4), 4, 32, values=values), scales, block)
    expected = values[codes] * scales.repeat_interleave(block).reshape(6, 32)
    torch.testing.assert_close(in_pieces(reader), expected, rtol=0, atol=0)
