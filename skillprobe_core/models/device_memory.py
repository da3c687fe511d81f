"""Work in parts that fit: smaller ones once a device has run out of memory, in every stage that runs a model."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.machine.allocator import trim
from skillprobe_core.machine.processor import free_memory_bytes

Row = TypeVar("Row")
Made = TypeVar("Made")


def free_bytes(device: torch.device) -> int | None:
    """Bytes that are free on a device, with those that torch holds and does not use; None if it does not say."""
    if device.type == "cuda":
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        free: int = torch.cuda.mem_get_info(device)[0] + held
        return free
    return free_memory_bytes() if device.type == "cpu" else None


def ran_out(error: BaseException) -> bool:
    """True for the errors by which torch and Python say that memory ran out, on any device."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
    )


def release_unused() -> None:
    """Give memory that nothing uses back to the device and to the system.

    Call it outside the `except` block of the error: its traceback holds the tensors of the part that failed.
    """
    if torch.cuda.is_available():
        gc.collect()
        torch.cuda.empty_cache()
    trim()


def in_parts(count: int, run: Callable[[range], Made], *, size: int | None = None) -> Iterator[Made]:
    """Run the places 0 to `count` in parts of `size`, and in parts half as large whenever the device runs out.

    The size that fitted is kept for the parts that follow.

    Args:
        count: Number of places.
        run: Computes the result of some consecutive places. It is called again for them in smaller parts if memory
            runs out, so it must have no other effect.
        size: Most places of a part (default: all).

    Yields:
        The results of the parts, in order.

    Raises:
        Exception: Whatever `run` raises; for memory only if a single place does not fit.
    """
    size, start = max(1, size or count), 0
    while start < count:
        part = range(start, min(start + size, count))
        try:
            made = run(part)
        except Exception as error:
            if not ran_out(error) or len(part) < 2:
                raise
            size = -(-len(part) // 2)
        else:
            yield made
            start = part.stop
            continue
        release_unused()


def halved(
    rows: Sequence[Row], run: Callable[[Sequence[Row]], Iterable[tuple[int, Made]]]
) -> Iterator[tuple[int, Made]]:
    """Run rows as one batch, and those that are not done in two halves where the device runs out of memory.

    Like `in_parts`, for work whose rows are done one by one: what is done is kept.

    Args:
        rows: The batch.
        run: Yields (place in its batch, result) as rows are done, in any order.

    Yields:
        (Place in `rows`, result), each place once.

    Raises:
        Exception: Whatever `run` raises; for memory only if a single row does not fit.
    """
    waiting = [list(range(len(rows)))]
    while waiting:
        places = waiting.pop()
        done: set[int] = set()
        try:
            for place, made in run([rows[place] for place in places]):
                done.add(place)
                yield places[place], made
        except Exception as error:
            left = [place for number, place in enumerate(places) if number not in done]
            if not ran_out(error) or len(left) < 2:
                raise
            middle = -(-len(left) // 2)
            waiting += [left[middle:], left[:middle]]
        else:
            continue
        release_unused()


@contextmanager
def enough_memory(device: torch.device, what: str, remedy: str, path: object = None) -> Iterator[None]:
    """Turn running out of memory, after everything was halved, into a SettingsError that names the device.

    Args:
        device: The device.
        what: What did not fit, such as `a single completion`.
        remedy: What to do about it, besides freeing memory.
        path: The checkpoint.
    """
    try:
        yield
    except Exception as error:
        if not ran_out(error):
            raise
        raise SettingsError(
            f"there is not enough memory on {device.type} for {what}",
            remedy=f"{remedy}, or free memory on the device",
            path=None if path is None else str(path),
        ) from error
