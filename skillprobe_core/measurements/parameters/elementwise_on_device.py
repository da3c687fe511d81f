"""The pass over all elements of two tensors on a device, such as a GPU, with the families' own functions.

Rows go to the device in pieces, in the stored types, and become float64 there. From pinned memory the copy of one piece
runs at the same time as the sums over the one before it. Sums stay on the device until the last piece.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch

from skillprobe_core.measurements.parameters.elementwise.block import Elementwise, make_block
from skillprobe_core.measurements.parameters.elementwise.quantiles import BUCKETS, buckets
from skillprobe_core.models.device_memory import ran_out, release_unused

from .matrix_reader import MatrixReader

PIECE = 1 << 21
"""Elements of a piece; the quantities of all families take about 120 bytes of the device's memory for each."""

# One thread fills pinned memory more slowly than the bus empties it.
_AT_ONCE = threading.BoundedSemaphore(4)
Sums = dict[str, npt.NDArray[np.float64]]


def sums_on_device(
    old: MatrixReader, new: MatrixReader, families: Sequence[Elementwise], pivots: tuple[float, float], device: str
) -> tuple[Sums, npt.NDArray[np.int64], list[float]] | None:
    """The totals of the families, the histogram of |D|, and the largest |W0|, |W| and |D|.

    Pieces are halved while the device runs out of memory.

    Args:
        old: W0.
        new: W.
        families: The families whose partial results are summed.
        pivots: Numbers near the means of both, around which moments are taken.
        device: The device, by torch's name.

    Returns:
        Totals by name, counts per bucket and three sizes, of which the first two are not finite if a value is not; None
        if not even one row fits on the device.
    """
    columns = new.shape[1]
    piece = max(PIECE, columns)
    while piece >= columns:
        try:
            with _AT_ONCE:
                return _sums(old, new, families, pivots, device, max(1, piece // columns))
        except Exception as error:
            if not ran_out(error):
                raise
        piece //= 2
        release_unused()
    return None


def _sums(
    old: MatrixReader,
    new: MatrixReader,
    families: Sequence[Elementwise],
    pivots: tuple[float, float],
    device: str,
    rows: int,
) -> tuple[Sums, npt.NDArray[np.int64], list[float]]:
    around = [torch.tensor(pivot, dtype=torch.float64, device=device) for pivot in pivots]
    counts = torch.zeros(BUCKETS, dtype=torch.int64, device=device)
    largest = torch.zeros(3, dtype=torch.float64, device=device)
    parts: dict[str, list[torch.Tensor]] = {}
    for first, second in sent(old, new, rows, device):
        block = make_block(first, second, *around)
        sizes = (block.base_size, block.tensor_size, block.delta_size)
        largest = torch.maximum(largest, torch.stack([size.max() for size in sizes]))
        for family in families:
            _add(parts, family.partial(block))
        counts += buckets(block.delta_size.float())
    totals = {name: torch.cat(found).cpu().numpy() if name.startswith("row_") else found[0].cpu().numpy()
              for name, found in parts.items()}  # fmt: skip
    return totals, counts.cpu().numpy(), largest.tolist()


def _add(parts: dict[str, list[torch.Tensor]], partial: Mapping[str, torch.Tensor]) -> None:
    """Add a block's partial results, as `add_up` does, without waiting for the device."""
    for name, found in partial.items():
        value = found.double()
        if name not in parts or name.startswith("row_"):
            parts.setdefault(name, []).append(value)
        elif name.startswith("max_"):
            parts[name] = [torch.maximum(parts[name][0], value)]
        else:
            parts[name] = [parts[name][0] + value]


def sent(old: MatrixReader, new: MatrixReader, rows: int, device: str) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The rows of both matrices on the device, piece by piece, each valid until the next but one."""
    starts = range(0, new.shape[0], rows)
    pieces = ((old.rows(start, start + rows), new.rows(start, start + rows)) for start in starts)
    if torch.device(device).type != "cuda":
        yield from ((first.to(device), second.to(device)) for first, second in pieces)
        return
    place = torch.device(device)
    copies = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    lanes = (_Lane(copies, place), _Lane(copies, place))
    for number, (first, second) in enumerate(pieces):
        lane = lanes[number % 2]
        yield lane.send(0, first), lane.send(1, second)
        lane.used()


class _Lane:
    """Pinned memory for a piece of either side, and the copies from it to the device."""

    def __init__(self, copies: torch.cuda.Stream, device: torch.device) -> None:
        self._copies, self._device = copies, device
        self._pinned = [torch.empty(0, dtype=torch.uint8)] * 2
        self._free = torch.cuda.Event()  # type: ignore[no-untyped-call]

    def send(self, side: int, piece: torch.Tensor) -> torch.Tensor:
        """A copy on the device, for which the current stream waits and the processor does not."""
        self._free.synchronize()  # the device has used what this memory held before
        if self._pinned[side].numel() < piece.nbytes:
            self._pinned[side] = torch.empty(piece.nbytes, dtype=torch.uint8, pin_memory=True)
        host = self._pinned[side][: piece.nbytes].view(piece.dtype).view(piece.shape)
        host.copy_(piece)
        sums = torch.cuda.current_stream(self._device)
        with torch.cuda.stream(self._copies):
            there = host.to(self._device, non_blocking=True)
        sums.wait_stream(self._copies)
        there.record_stream(sums)
        return there

    def used(self) -> None:
        """Note that everything that uses the last copies was started."""
        self._free.record(torch.cuda.current_stream(self._device))
