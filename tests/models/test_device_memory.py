"""Smaller parts where memory runs out."""

from collections.abc import Iterator, Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.device_memory import (
    enough_memory,
    free_bytes,
    halved,
    in_parts,
    ran_out,
    release_unused,
)
from tests.cuda_device import NO_GPU, nearly_full

OUT = (torch.OutOfMemoryError("CUDA out of memory"), MemoryError(), RuntimeError("[enforce] can't allocate memory: 9"))


ERRORS = st.sampled_from(OUT)


@given(st.integers(1, 60), st.integers(1, 70), st.one_of(st.none(), st.integers(1, 70)), ERRORS)
def test_parts_are_in_order_and_cover_every_place_once(
    count: int, room: int, size: int | None, error: Exception
) -> None:
    failed: list[int] = []

    def run(part: range) -> list[int]:
        if len(part) > room:
            failed.append(len(part))
            raise error
        return list(part)

    found = list(in_parts(count, run, size=size))
    assert [place for part in found for place in part] == list(range(count))
    assert len(failed) == len(set(failed)), "a size that did not fit is not tried again"
    largest = min(size or count, count)
    assert len(found) <= -(-count // max(1, min(room, largest) // 2)) + 1


def test_the_smallest_part_that_does_not_fit_is_an_error_with_a_remedy() -> None:
    def full(_: range) -> int:
        raise MemoryError

    def broken(_: range) -> int:
        raise ValueError("no")

    assert list(in_parts(0, full)) == []
    device = torch.device("cpu")
    with (
        pytest.raises(SettingsError, match="not enough memory on cpu for one row") as refused,
        enough_memory(device, "one row", "write shorter rows", "folder"),
    ):
        list(in_parts(5, full))
    assert refused.value.remedy == "write shorter rows, or free memory on the device"
    with pytest.raises(ValueError, match="no"), enough_memory(device, "one row", "write shorter rows"):
        list(in_parts(5, broken))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 5), ERRORS)
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


@pytest.mark.gpu
@NO_GPU
def test_work_on_a_full_gpu_is_done_in_parts_that_fit() -> None:
    """96 MiB in one piece do not fit into 64; the parts are those that do, and nothing stays allocated."""
    sizes: list[int] = []
    with nearly_full(64 << 20) as device:
        before = torch.cuda.memory_allocated(device)

        def run(part: range) -> float:
            made = torch.ones(len(part), 1 << 18, device=device)  # 1 MiB per place
            sizes.append(len(part))
            return float(made.sum())

        found = list(in_parts(96, run))
        assert torch.cuda.memory_allocated(device) == before
    assert sum(found) == 96 * (1 << 18)
    assert sizes
    assert max(sizes) < 64


@pytest.mark.gpu
@NO_GPU
def test_a_single_row_that_does_not_fit_on_a_gpu_is_an_error_with_its_name() -> None:
    with (
        nearly_full(16 << 20) as device,
        pytest.raises(SettingsError, match="not enough memory on cuda for one row"),
        enough_memory(device, "one row", "write shorter rows"),
    ):
        list(in_parts(4, lambda part: torch.ones(len(part), 1 << 24, device=device)))


@pytest.mark.gpu
@NO_GPU
def test_free_memory_counts_what_torch_holds_and_does_not_use() -> None:
    device = torch.device("cuda", torch.cuda.current_device())
    release_unused()
    free = free_bytes(device)
    held = torch.ones(1 << 26, device=device)
    taken = free_bytes(device)
    assert free is not None
    assert taken is not None
    assert free - taken >= held.nbytes
    del held
    freed = free_bytes(device)
    assert torch.cuda.memory_reserved(device) >= 1 << 28, "torch keeps it"
    assert freed is not None
    assert freed - taken >= 1 << 28
    release_unused()
    assert torch.cuda.memory_reserved(device) < 1 << 28
