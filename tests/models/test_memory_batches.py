"""Batches by memory: the cache's size by the model's shape, and halves where memory runs out."""

from collections.abc import Iterator, Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache

from skillprobe_core.models.memory_batches import cache_bytes, fitting_rows, free_bytes, halved, ran_out
from tests.models.conftest import build_model

OUT = (torch.OutOfMemoryError("CUDA out of memory"), MemoryError(), RuntimeError("[enforce] can't allocate memory: 9"))


@torch.inference_mode()
@pytest.mark.parametrize("family", ["Llama", "Qwen2", "GPT2", "GPTNeoX", "Gemma2"])
def test_the_cache_takes_what_the_shape_says(family: str) -> None:
    model, columns = build_model(family), 9
    if family in ("GPT2", "GPTNeoX"):
        del model.config.num_key_value_heads  # these classes have none; the tests' sizes name it for all
    cache = DynamicCache()
    model(torch.arange(columns)[None], past_key_values=cache, use_cache=True)
    held = sum(tensor.nbytes for layer in cache.layers for tensor in (layer.keys, layer.values))
    assert held == columns * cache_bytes(model.config, 4)


def test_rows_fit_into_the_free_memory() -> None:
    model = build_model("Llama")
    free = free_bytes(torch.device("cpu"))
    assert free is not None
    assert free > 0
    rows = fitting_rows(model, 1000)
    assert rows is not None
    assert 1 <= rows * 1000 * cache_bytes(model.config, 4) <= free
    assert fitting_rows(model, 10**15) == 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5), st.sampled_from(OUT))
def test_every_row_is_run_once_in_batches_that_fit(rows: int, room: int, done_before: int, error: Exception) -> None:
    """A batch above the room yields some rows before memory runs out; these are not run again."""
    made: list[str] = []

    def run(batch: Sequence[str]) -> Iterator[tuple[int, str]]:
        for place, row in enumerate(batch):
            if len(batch) > room and place == min(done_before, len(batch) - 2):
                raise error
            made.append(row)
            yield place, row.upper()

    names = [f"r{number}" for number in range(rows)]
    found = list(halved(names, run))
    assert sorted(place for place, _ in found) == list(range(rows))
    assert all(result == names[place].upper() for place, result in found)
    assert sorted(made) == sorted(names)


def test_a_single_row_that_does_not_fit_and_other_errors_are_raised() -> None:
    def full(_: Sequence[int]) -> Iterator[tuple[int, int]]:
        raise MemoryError
        yield 0, 0

    def broken(batch: Sequence[int]) -> Iterator[tuple[int, int]]:
        tried.append(len(batch))
        raise ValueError("no")
        yield 0, 0

    tried: list[int] = []
    with pytest.raises(MemoryError):
        list(halved([1, 2, 3], full))
    with pytest.raises(ValueError, match="no"):
        list(halved([1, 2, 3], broken))
    assert tried == [3]


def test_what_counts_as_running_out() -> None:
    assert all(ran_out(error) for error in OUT)
    assert not any(ran_out(error) for error in (ValueError("no"), RuntimeError("shapes cannot be multiplied")))
