"""Progress of the demo's evaluations: tables written and checkpoints finished."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.up_to_date import provenance_of
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.measurements.protocols.evaluation_protocol import records
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.table_registry import tables_of_checkpoints
from skillprobe_core.measurements.training.training_metrics_table import TRAINING_METRICS
from skillprobe_core.project.project import Project
from skillprobe_core.runs.checkpoint import parse_key

_Times = tuple[int, ...]


class Evaluations:
    """Follows the store while a daemon in another process writes to it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._tables = [table for table in tables_of_checkpoints() if table.enabled(project)]
        self._first: dict[str, _Times] = {}
        self._checked: dict[str, _Times] = {}
        self.finished: set[str] = set()
        self.tables = 0

    @property
    def tables_per_checkpoint(self) -> int:
        """Number of tables that every checkpoint gets."""
        return len(self._tables)

    def look(self, keys: Collection[str]) -> list[str]:
        """Look at the tables of some checkpoints; returns those that are evaluated now and were not before."""
        fresh = []
        self.tables = 0
        for key in sorted(keys, key=parse_key):
            times = self._times(key)
            before = self._first.setdefault(key, times)
            # Reading what a table was computed from costs more than a look at its time.
            if key not in self.finished and self._checked.get(key) != times:
                self._checked[key] = times
                if self._is_evaluated(key):
                    self.finished.add(key)
                    fresh.append(key)
            written = sum(now != then for now, then in zip(times, before, strict=True))
            self.tables += len(times) if key in self.finished else written
        return fresh

    def _times(self, key: str) -> _Times:
        # Before the first evaluation has recorded the protocol, none of its files is there.
        known = records(self._project.store)
        protocol = self._project.protocol().protocol if known else "none"
        part = Partition.checkpoint(*parse_key(key), protocol)
        paths = (self._project.store.path(table, part) for table in self._tables)
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)

    def _is_evaluated(self, key: str) -> bool:
        """Report if the rows of every table belong to the folder's current bytes."""
        try:
            probe = self._project.probe(key)
            for table in self._tables:
                stored = self._project.store.provenance(table, probe.partition(table))
                # The trainer's log has times, which differ in each demo; the sensor follows the models' bytes.
                if stored is None or (
                    table != TRAINING_METRICS and stored.data_version != provenance_of(table, probe).data_version
                ):
                    return False
        except SkillprobeError:
            return False
        return True


def headline(project: Project, key: str) -> str:
    """The overall accuracy of an evaluated checkpoint, as a phrase."""
    scores = project.store.read(SKILL_SCORES, Partition.checkpoint(*parse_key(key), project.protocol().protocol))
    whole = scores.filter((pl.col("skill") == "all") & (pl.col("domain") == "all") & (pl.col("level") == 0))
    accuracy, low, high = whole.select("accuracy", "accuracy_low", "accuracy_high").row(0)
    return f"accuracy {accuracy:.2f} [{low:.2f}, {high:.2f}]"
