"""TensorBoard: event files, one folder per model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from .tracker import TrackerOffer

_OURS = ".skillprobe"


class _TensorBoard:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, SummaryWriter] = {}

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        if model not in self._writers:
            # All values are sent again; together with an earlier file every point would be drawn twice.
            for old in (self._folder / model).glob(f"events.out.tfevents.*{_OURS}"):
                old.unlink()
            self._writers[model] = SummaryWriter(str(self._folder / model), filename_suffix=_OURS)
        for name, value in values.items():
            self._writers[model].add_scalar(name, value, step)

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def start(folder: Path) -> _TensorBoard:
    """A tracker that writes event files to `folder`; view them with `tensorboard --logdir FOLDER`."""
    return _TensorBoard(folder)


TRACKER = TrackerOffer("tensorboard", start)
