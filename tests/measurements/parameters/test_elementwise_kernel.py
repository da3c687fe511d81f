"""The compiled pass against the families' own functions, which define it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.parameters import blockwise
from skillprobe_core.measurements.parameters import elementwise_kernel as kernel
from skillprobe_core.measurements.parameters.elementwise.block import Elementwise, count
from skillprobe_core.measurements.parameters.elementwise.norms import NORMS
from skillprobe_core.measurements.parameters.elementwise.tolerance import EXPONENTS, TOLERANCE
from skillprobe_core.measurements.parameters.matrix_reader import stored
from skillprobe_core.measurements.parameters.parameter_registry import elementwise

SHAPES = ((300, 500), (64, 1024), (7, 70_001), (1100, 64), (70_000, 65), (40, 2000))
DTYPES = (torch.float32, torch.bfloat16, torch.float16)


@pytest.fixture(autouse=True)
def compiled():
    if kernel.compiled_kernel() is None:
        pytest.skip("no C compiler")


def pair(shape, *, share, size, seed=0):
    """Weights of spread 0.02, of which a share is changed by about `size` of each."""
    generator = torch.Generator().manual_seed(seed)
    base = 0.02 * torch.randn(shape, generator=generator, dtype=torch.float64)
    moved = base * (1 + size * torch.randn(shape, generator=generator, dtype=torch.float64))
    return base, torch.where(torch.rand(shape, generator=generator) < share, moved, base)


def check(base, tensor):
    """Counts, histogram and largest values are equal, sums agree to the rounding errors of float64."""
    rows, columns = base.shape
    large = kernel.KernelTotals(rows, columns)
    large.add(base, tensor, 0)
    plain = blockwise.pass_by_functions(stored(base), stored(tensor), elementwise(), (0.0, 0.0))
    assert large.largest.tolist() == [plain.largest.base, plain.largest.tensor, plain.largest.delta]
    assert np.array_equal(large.histogram, plain.histogram)
    totals = large.totals()
    size = {"base": plain.largest.base, "delta": plain.largest.delta}
    powers = {"first": 1, "second": 2, "third": 3, "fourth": 4}
    for name, found in totals.items():
        expected = plain.totals[name]
        if name.startswith(("changed", "within", "row", "column")):
            assert np.array_equal(found, expected), name
        else:
            side, _, power = name.rpartition("_")
            terms = size.get(side, plain.largest.tensor) ** powers.get(power, 2)
            if name == "base_times_delta":
                terms = plain.largest.base * plain.largest.delta
            assert float(found) == pytest.approx(float(expected), rel=1e-12, abs=1e-15 * terms * base.numel()), name
    return totals


def typed(shape, dtype):
    """Weights off zero, of which a third became zero and the rest moved."""
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(shape, generator=generator) * 0.02 + 0.01
    moved = base * (1 + 1e-3 * torch.randn(shape, generator=generator))
    moved[torch.rand(shape, generator=generator) < 0.3] = 0.0
    return base.to(dtype), moved.to(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_sums_agree_with_torch_where_all_weights_changed(dtype, shape):
    base, tensor = pair(shape, share=1.0, size=0.02)
    check(base.to(dtype), tensor.to(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("share", [0.0, 0.002, 0.05, 0.4, 0.7])
def test_sums_agree_with_torch_where_some_weights_changed(dtype, share):
    base, tensor = (side.to(dtype) for side in pair((100, 1500), share=share, size=0.02))
    totals = check(base, tensor)
    assert totals["changed_exact"] == (base != tensor).sum()


@pytest.mark.parametrize("dtype", DTYPES)
def test_dense_and_unchanged_chunks_take_turns(dtype):
    base, tensor = pair((96, 5000), share=1.0, size=0.02)
    tensor[::3] = base[::3]
    tensor[1::3, ::40] = base[1::3, ::40]
    tensor[:, 2048:] = base[:, 2048:]
    check(base.to(dtype), tensor.to(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_removed_outlier_leaves_the_other_weights_their_digits(dtype):
    base, _ = pair((40, 4096), share=0.0, size=0.0)
    base[:, 70] = 3e4
    tensor = base.clone()
    tensor[:, 70] = 0.0
    large, (old, new) = kernel.KernelTotals(*base.shape), (side.to(dtype) for side in (base, tensor))
    large.add(old, new, 0)
    for name, power in (("second", 2), ("fourth", 4)):
        assert float(large.totals()[name]) == pytest.approx(float((new.double() ** power).sum()), rel=1e-12)


def test_relative_changes_at_the_tolerance():
    """Changes of 1e-3 of the larger weight, up to a few units in the last place, which float32 cannot decide."""
    generator = torch.Generator().manual_seed(0)
    base = torch.randn((80, 1000), generator=generator) * 10.0 ** torch.randint(-6, 3, (80, 1000), generator=generator)
    edge = (base.double() * (1 - 1e-3)).float().view(torch.int32)
    tensor = (edge + torch.randint(-2, 3, edge.shape, generator=generator)).int().view(torch.float32)
    totals = check(base, tensor)
    assert 0.2 < totals["changed_relative"] / base.numel() < 0.8


def test_absolute_changes_at_the_tolerances():
    generator = torch.Generator().manual_seed(0)
    tolerances = 10.0 ** -torch.randint(3, 9, (80, 1000), generator=generator).double()
    base = torch.zeros(80, 1000)
    tensor = tolerances.float().view(torch.int32) + torch.randint(-2, 3, base.shape, generator=generator)
    check(base, tensor.int().view(torch.float32))
    scattered = (tolerances * torch.rand(base.shape, generator=generator)).float()
    check(scattered, (scattered.double() + tolerances).float())


def test_float16_changes_of_two_in_two_thousand():
    """2 of 2000 is the tolerance itself, in every binade."""
    sizes = torch.arange(1024, 2048).repeat(4, 20).double() * 2.0 ** torch.arange(-24, -8, 4)[:, None]
    base, steps = sizes.repeat(4, 1).half(), torch.arange(16)[:, None] // 4 - 1
    check(base, (base.view(torch.int16) + steps).short().view(torch.float16))


@pytest.mark.parametrize("dtype", DTYPES)
def test_large_updates_zeros_and_signs(dtype):
    generator = torch.Generator().manual_seed(0)
    base = torch.randn((90, 1030), generator=generator) * 10.0 ** torch.randint(-4, 3, (90, 1030), generator=generator)
    base[torch.rand(base.shape, generator=generator) < 0.2] = 0.0
    check(base.to(dtype), -base.to(dtype))
    check(base.to(dtype), base.flip(0).to(dtype))


def test_numbers_that_are_not_normal():
    generator = torch.Generator().manual_seed(0)
    base = torch.randint(0, 1 << 24, (90, 1000), generator=generator).int().view(torch.float32)
    tensor = torch.randint(0, 1 << 24, (90, 1000), generator=generator).int().view(torch.float32)
    check(base, tensor)


@pytest.mark.parametrize(("first", "second"), [(torch.bfloat16, torch.float32), (torch.float16, torch.bfloat16)])
def test_sides_of_different_types(first, second):
    base, tensor = pair((80, 1500), share=0.6, size=0.02)
    check(base.to(first), tensor.to(second))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("side", [0, 1])
def test_values_that_are_no_numbers_are_found(dtype, value, side):
    sides = [each.to(dtype) for each in pair((180, 3000), share=0.05, size=0.02)]
    sides[side][37, 2999] = value
    found = blockwise.pass_over(*(stored(each) for each in sides))
    assert (found.base_finite, found.tensor_finite) == (side == 1, side == 0)


def test_it_serves_large_tensors_in_the_stored_types():
    assert kernel.serves(torch.bfloat16, torch.bfloat16, 4096, 4096)
    assert kernel.serves(torch.float32, torch.float16, 8192, 64)
    assert not kernel.serves(torch.float64, torch.float32, 4096, 4096)
    assert not kernel.serves(torch.float32, torch.float32, 1, 4096)
    assert not kernel.serves(torch.float32, torch.float32, 1 << 20, 8)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_moments_of_weights_far_from_zero_keep_their_digits(shift):
    base, tensor = (side + shift for side in pair((1100, 500), share=1.0, size=1e-3))
    found = blockwise.pass_over(stored(base.float()), stored(tensor.float())).totals
    assert (found["base_pivot"] == 0.0) == (shift == 0.0)
    values = base.float().double().numpy()
    mean = float(found["base_first"] / found["elements"])
    assert mean + float(found["base_pivot"]) == pytest.approx(values.mean(), abs=1e-14)
    assert float(found["base_second"] / found["elements"]) - mean**2 == pytest.approx(values.var(), rel=1e-11)


@pytest.mark.parametrize("dtype", [*DTYPES, torch.float64, torch.float8_e4m3fn])
@pytest.mark.parametrize("shape", [(300, 500), (1, 4000), (500, 1), (3, 3000), (40, 3000)])
def test_one_pass_gives_what_the_families_give(dtype, shape):
    old, new = (stored(side) for side in typed(shape, dtype))
    fused = blockwise.pass_over(old, new)
    plain = blockwise.pass_by_functions(old, new, elementwise())
    assert fused.largest == (
        plain.largest.base, plain.largest.tensor, plain.largest.delta
    )  # fmt: skip
    assert np.array_equal(fused.histogram, plain.histogram)
    for family in elementwise():
        ours, theirs = family.finish(fused.totals), family.finish(plain.totals)
        for name, value in theirs.items():
            close = value if value is None else pytest.approx(value, rel=1e-9, abs=1e-15)
            assert ours[name] == close, name


def test_rows_that_do_not_lie_end_to_end():
    base, tensor = typed((640, 130), torch.float32)
    wide = torch.zeros(640, 400)
    wide[:, 7:137] = tensor
    one = blockwise.pass_over(stored(base), stored(tensor))
    two = blockwise.pass_over(stored(base), stored(wide[:, 7:137]))
    assert one.totals["delta_squares"] == two.totals["delta_squares"]
    transposed = blockwise.pass_over(stored(base), stored(tensor.T.contiguous().T))
    assert one.totals["delta_squares"] == transposed.totals["delta_squares"]


def test_without_a_compiler_torch_does_the_work(monkeypatch):
    old, new = (stored(side) for side in typed((300, 400), torch.float32))
    fused = blockwise.pass_over(old, new)
    kernel.compiled_kernel.cache_clear()
    kernel.agreeing.cache_clear()
    monkeypatch.setenv("PATH", "")
    try:
        assert kernel.compiled_kernel() is None
        plain = blockwise.pass_over(old, new)
    finally:
        kernel.compiled_kernel.cache_clear()
        kernel.agreeing.cache_clear()
    assert np.array_equal(plain.histogram, fused.histogram)
    assert float(plain.totals["squares"]) == pytest.approx(float(fused.totals["squares"]), rel=1e-12)


def test_a_family_that_the_kernel_does_not_know_is_added_up_all_the_same():
    extra = Elementwise("extra", (), lambda block: {"cubes": (block.delta**3).sum()}, lambda totals: {})
    base, tensor = typed((300, 400), torch.float32)
    found = blockwise.pass_over(stored(base), stored(tensor), (*elementwise(), extra))
    cubes = float(((tensor.double() - base.double()) ** 3).sum())
    assert float(found.totals["cubes"]) == pytest.approx(cubes, rel=1e-12)
    assert "squares" in found.totals


def test_the_kernel_serves_every_function_that_it_was_written_for():
    assert kernel.agreeing() == set(kernel.FUSED) == {family.partial for family in elementwise()}


def test_a_family_with_another_function_wins_over_the_kernel():
    def doubled(block):
        return {name: 2 * value for name, value in NORMS.partial(block).items()}

    base, tensor = (stored(side) for side in typed((300, 400), torch.float32))
    changed = [replace(NORMS, partial=doubled), *elementwise()[1:]]
    usual, found = blockwise.pass_over(base, tensor), blockwise.pass_over(base, tensor, changed)
    assert float(found.totals["squares"]) == pytest.approx(2 * float(usual.totals["squares"]))
    assert found.totals["second"] == usual.totals["second"]


@pytest.fixture
def edited(monkeypatch):
    """Gives a function another body, as an edit of its file does, and forgets that the kernel agreed with it."""

    def forget():
        kernel.agreeing.cache_clear()

    def edit(function, other):
        monkeypatch.setattr(function, "__code__", other.__code__)
        forget()

    yield edit
    monkeypatch.undo()
    forget()


def test_an_edited_family_wins_over_the_kernel(edited):
    base, tensor = (stored(side) for side in typed((300, 400), torch.float32))
    usual = blockwise.pass_over(base, tensor)
    edited(
        TOLERANCE.partial,
        lambda block: {f"within_1e_{exponent}": count(block.delta_size < 0) for exponent in EXPONENTS},
    )
    found = blockwise.pass_over(base, tensor)
    assert usual.totals["within_1e_3"] > 0
    assert found.totals["within_1e_3"] == 0
    assert found.totals["squares"] == usual.totals["squares"]
