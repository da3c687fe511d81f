"""One line per result about the matrices whose spectra are computed, where these are not all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.up_to_date import Result
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.parameters.spectra_sample import sample_line


def sample_lines(store: Store, results: Iterable[Result]) -> Iterator[str]:
    """A line per result of `parameter_stats` whose settings name a sample, or no spectra; nothing for other results."""
    for result in results:
        if result.table.name == PARAMETER_STATS.name and "spectra" in result.provenance.inputs:
            rows = store.read(PARAMETER_STATS, result.partition).filter(pl.col("compared_with") == "base")
            if line := sample_line(rows):
                yield f"spectra: {line} (`spectra` under [parameters] in skillprobe.toml)"
