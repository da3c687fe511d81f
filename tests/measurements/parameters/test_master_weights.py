"""Master weights: equality in the base's type, everything else as stored."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.measurements.parameters.master_weights import described, equal_as_stored, type_of_equality
from skillprobe_core.measurements.parameters.matrix_reader import stored
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.runs.weights import open_weights


@pytest.mark.parametrize(
    ("base", "tensor", "expected"),
    [
        ("bfloat16", "float32", "bfloat16"),
        ("float16", "float64", "float16"),
        ("float32", "float32", None),
        ("bfloat16", "bfloat16", None),
        ("float32", "bfloat16", None),
        ("bfloat16", "float16", None),
        ("float8_e4m3fn", "float32", None),
    ],
)
def test_only_wider_types_than_a_16_bit_base_are_masters(base: str, tensor: str, expected: str | None) -> None:
    assert type_of_equality(base, tensor) == expected
    assert described(tensor, expected) == (tensor if expected is None else f"{tensor} (equality in {expected})")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_it_is_the_share_of_equal_weights_after_rounding(dtype: str) -> None:
    served = getattr(torch, dtype)
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(70, 90, generator=generator).to(served)
    master = base.float() * (1 + 4e-3 * torch.randn(70, 90, generator=generator))
    expected = float((master.to(served) == base).double().mean())
    assert 0.01 < expected < 0.99  # neither all nor none
    assert equal_as_stored(stored(base), stored(master), dtype) == {"sparsity_exact": expected}


def test_rows_of_master_weights_say_so_and_agree_with_the_rounded_checkpoint(tmp_path: Path, tiny_base: Path) -> None:
    tensors = load_file(tiny_base / "model.safetensors")
    generator = torch.Generator().manual_seed(1)
    base = {name: value.bfloat16() for name, value in tensors.items()}
    master = {
        name: value.float() * (1 + 2e-3 * torch.randn(value.shape, generator=generator)) for name, value in base.items()
    }
    for name, some in (
        ("base", base), ("master", master), ("served", {name: value.bfloat16() for name, value in master.items()})
    ):  # fmt: skip
        (tmp_path / name).mkdir()
        save_file(some, tmp_path / name / "model.safetensors", {"format": "pt"})
    wide, narrow = (
        parameter_stats(open_weights(tmp_path / "base"), open_weights(tmp_path / name), model="m", step=1)
        for name in ("master", "served")
    )
    assert set(wide["dtype"].drop_nulls()) == {"float32 (equality in bfloat16)"}
    assert set(narrow["dtype"].drop_nulls()) == {"bfloat16"}
    assert wide["sparsity_exact"].to_list() == narrow["sparsity_exact"].to_list()
    assert wide["sparsity_exact"].to_list() == pytest.approx(wide["sparsity_bf16"].to_list())
    assert wide["delta_norm"].to_list() != narrow["delta_norm"].to_list()
