"""The search by bits against torch's own, for every stored type and all bit patterns."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.not_finite import PIECE, not_finite

DTYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2)


def name(dtype):
    return str(dtype).removeprefix("torch.")


@given(st.sampled_from(DTYPES), st.binary(min_size=8, max_size=64))
def test_it_says_what_torch_says_of_any_bits(dtype, data):
    data = data[: len(data) // 8 * 8]
    values = torch.frombuffer(bytearray(data), dtype=dtype).double()
    expected = "NaN" if values.isnan().any() else "infinite" if values.isinf().any() else None
    assert not_finite(data, name(dtype)) == expected


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype.itemsize <= 2])
def test_every_number_of_the_short_types(dtype):
    kind = torch.int16 if dtype.itemsize == 2 else torch.int8
    every = torch.arange(1 << (8 * dtype.itemsize)).to(kind)
    for number in every.split(1 if dtype.itemsize == 1 else 256):
        values = number.view(dtype).double()
        expected = "NaN" if values.isnan().any() else "infinite" if values.isinf().any() else None
        assert not_finite(number.numpy().tobytes(), name(dtype)) == expected


def test_the_first_piece_with_such_a_value_decides():
    values = torch.zeros(2 * PIECE)
    values[PIECE - 1], values[PIECE] = torch.inf, torch.nan
    assert not_finite(values.numpy().tobytes(), "float32") == "infinite"


def test_other_types_hold_no_such_values():
    assert not_finite(b"\xff" * 16, "int64") is None
    assert not_finite(b"", "float32") is None
