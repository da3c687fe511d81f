"""A device that runs out of memory above a size: every stage goes on with smaller parts and finds the same."""

from typing import Any

import numpy as np
import pytest
import torch
from polars.testing import assert_frame_equal
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.calibration.score_options import log_likelihoods
from skillprobe_core.measurements.divergence.base_states import base_states
from skillprobe_core.measurements.divergence.compare_texts import compare_texts
from skillprobe_core.measurements.divergence.representation import layer_states
from skillprobe_core.measurements.divergence.token_texts import Text, Texts
from skillprobe_core.measurements.parameters.spectral import decomposition
from skillprobe_core.measurements.parameters.spectral.decomposition import decompose
from skillprobe_core.measurements.parameters.spectral.matrix import Matrix
from skillprobe_core.models.backend import Request, SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from tests.measurements.divergence.conftest import build_model, build_tokenizer, move_weights


class SmallDevice(TorchDispatchMode):
    """Within the block, no operation may allocate a tensor of more than `room` bytes."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room, self.refused, self.largest = room, 0, 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = {each.untyped_storage().data_ptr() for each in tree_leaves((args, kwargs)) if _is_tensor(each)}
        found = func(*args, **(kwargs or {}))
        for each in tree_leaves(found):
            if _is_tensor(each) and each.untyped_storage().data_ptr() not in given:
                size = each.untyped_storage().nbytes()
                if size > self.room:
                    self.refused += 1
                    raise torch.OutOfMemoryError(f"tried to allocate {size} bytes")
                self.largest = max(self.largest, size)
        return found


def _is_tensor(value: object) -> bool:
    return isinstance(value, torch.Tensor)


@pytest.fixture(scope="module")
def pair() -> Any:
    base = build_model("llama")
    return base, move_weights(base, 0.2), build_tokenizer()


@pytest.fixture(scope="module")
def texts() -> Texts:
    generator = torch.Generator().manual_seed(3)

    def some(length: int) -> tuple[int, ...]:
        return tuple(torch.randint(0, 256, (length,), generator=generator).tolist())

    return Texts("", "reference", tuple(Text(f"i{n}", some(3 + n), some(9 + 2 * n), sample=0) for n in range(9)))


def free_of(work: Any) -> int:
    """Bytes of the largest tensor that some work allocates."""
    with SmallDevice(2**40) as device:
        work()
    return device.largest


def halves_of(work: Any, share: float = 0.3) -> Any:
    """The result of the work on a device with room for a share of its largest tensor."""
    with SmallDevice(int(share * free_of(work))) as device:
        found = work()
    assert device.refused
    return found


def test_divergences_and_stored_states_are_the_same(pair: Any, texts: Texts) -> None:
    base, checkpoint, tokenizer = pair

    def compared() -> Any:
        return compare_texts(base, checkpoint, tokenizer, texts, model="m", step=1, with_tokens=True)

    expected, found = compared(), halves_of(compared)
    assert_frame_equal(found.tokens, expected.tokens, rel_tol=1e-4, abs_tol=1e-6)
    assert_frame_equal(found.items, expected.items, rel_tol=1e-4, abs_tol=1e-6)
    states = halves_of(lambda: base_states(base, texts).values)
    torch.testing.assert_close(states, base_states(base, texts).values)


def test_hidden_states_and_likelihoods_are_the_same(pair: Any, texts: Texts) -> None:
    _, model, _ = pair
    for found, expected in zip(halves_of(lambda: layer_states(model, texts)), layer_states(model, texts), strict=True):
        torch.testing.assert_close(found, expected)
    found = halves_of(lambda: log_likelihoods(model, texts))
    assert found == pytest.approx(log_likelihoods(model, texts), rel=1e-6)


def test_completions_are_the_same(pair: Any, tmp_path: Any) -> None:
    _, model, tokenizer = pair
    requests = [Request(str(n), 0, tuple(range(40 + n, 60 + 2 * n)), None) for n in range(8)]

    def completed() -> dict[str, tuple[int, ...]]:
        backend = TransformersBackend(model, tokenizer, tmp_path)
        return {each.item_id: each.ids for each in backend.complete(requests, SamplingSettings(max_new_tokens=6))}

    assert halves_of(completed) == completed()


def test_a_device_without_room_for_one_text_is_an_error_with_a_remedy(pair: Any, texts: Texts) -> None:
    base, checkpoint, tokenizer = pair
    for work in (
        lambda: compare_texts(base, checkpoint, tokenizer, texts, model="m", step=1),
        lambda: layer_states(checkpoint, texts),
    ):
        with (
            SmallDevice(1400),
            pytest.raises(SettingsError, match="not enough memory on cpu for the states") as refused,
        ):
            work()
        assert "free memory on the device" in refused.value.remedy


def test_spectra_that_do_not_fit_on_the_device_are_those_of_lapack() -> None:
    values = np.random.default_rng(4).standard_normal((90, 40))
    here = Matrix(90, 40, lambda start, stop: values[start:stop].copy(), float(abs(values).max()), transposed=False)
    there = Matrix(90, 40, here.read, here.largest, transposed=False, device="cpu")
    expected = decompose(here, 5)
    for room in (40 * 40 * 8 - 1, 40 * 40 * 8 + 1):  # without room for the Gram matrix, and for no product of all rows
        with SmallDevice(room) as device:
            found = decompose(there, 5)
            images = np.concatenate(list(decomposition.products(there, np.eye(40))))
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-11)
        np.testing.assert_allclose(images, values, atol=1e-10)
        assert device.refused
