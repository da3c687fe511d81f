"""The rows of table `readings` of one checkpoint: its answers and its base's, read in other ways."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import EXACT, FORCED
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.profile_tests.significant_rows import in_these_kinds
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

from .exact_reading import exact_rows
from .readings_table import READINGS

_READ = ("verdict", "extracted", "completion")


def take_readings(probe: Probe) -> pl.DataFrame:
    """The readings that the settings request: `exact` of all answers, the others of the chosen cells.

    The base is read first and then the checkpoint, so that each model is loaded once. The base's completions are kept
    in the log of generations and serve the other checkpoints of the run.
    """
    wanted = probe.settings.readings.generated
    items = chosen_items(probe) if wanted else probe.items.clear()
    base, own = (_sides(each, items, wanted) for each in (probe.of_base, probe))
    return READINGS.conform(
        pl.concat(paired(reading, own[reading], base[reading]) for reading in own).with_columns(
            model=pl.lit(probe.checkpoint.model),
            step=pl.lit(probe.checkpoint.step, pl.Int64),
            item_set=pl.lit(probe.item_set),
        )
    )


def chosen_items(probe: Probe) -> pl.DataFrame:
    """The items whose answers are generated again: those of the cells that fell significantly, or all."""
    if probe.settings.readings.cells == "all":
        return probe.items
    return probe.items.join(fallen_cells(probe.stored(PROFILE_TESTS)), on=["skill", "domain"], how="semi")


def fallen_cells(tests: pl.DataFrame) -> pl.DataFrame:
    """Skill and domain of the cells whose accuracy fell significantly in these kinds, from rows of `profile_tests`."""
    return tests.filter((pl.col("scope") == "cell") & (pl.col("change") < 0) & in_these_kinds()).select(
        "skill", "domain"
    )


def paired(reading: str, own: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """One row per item and sample that both sides have, with the base's columns named `base_...`."""
    theirs = base.rename({name: f"base_{name}" for name in _READ})
    rows = own.join(theirs, on=["item_id", "sample"], maintain_order="left")
    return rows.with_columns(reading=pl.lit(reading))


def _sides(probe: Probe, items: pl.DataFrame, wanted: tuple[str, ...]) -> dict[str, pl.DataFrame]:
    generations = probe.stored(GENERATIONS)
    found = {EXACT: exact_rows(generations, probe.stored(VERDICTS))}
    if items.is_empty():
        return found
    from .elicited_reading import elicited_rows
    from .forced_reading import forced_rows

    for reading in wanted:
        made = forced_rows(probe, items, generations) if reading == FORCED else elicited_rows(probe, items)
        found[reading] = made
    return found
