"""TensorBoard: event files, one folder per model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from .tracker import TrackerOffer

_OURS = ".skillprobe"


class _TensorBoard:
    """Writes with TensorBoard's own writer, which needs no torch."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, EventFileWriter] = {}

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        if model not in self._writers:
            # All values are sent again; together with an earlier file every point would be drawn twice.
            for old in (self._folder / model).glob(f"events.out.tfevents.*{_OURS}"):
                old.unlink()
            self._writers[model] = EventFileWriter(str(self._folder / model), filename_suffix=_OURS)
        for name, value in values.items():
            scalar = Summary(value=[Summary.Value(tag=name, simple_value=value)])
            self._writers[model].add_event(Event(wall_time=time.time(), step=step, summary=scalar))

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def start(folder: Path) -> _TensorBoard:
    """A tracker that writes event files to `folder`; view them with `tensorboard --logdir FOLDER`."""
    return _TensorBoard(folder)


TRACKER = TrackerOffer("tensorboard", start)
