"""The setting `spectra` through the pipeline: what is computed, what is stale, and what is shown."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.parameters.spectra_settings import SpectraSettings
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings


def test_other_words_are_refused() -> None:
    with pytest.raises(ValidationError, match="'all', 'sample' or 'off'"):
        SpectraSettings.model_validate({"spectra": "some"})


def test_rows_are_stale_once_the_setting_changes(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    def computed(spectra: str) -> tuple[bool, int, dict[str, object]]:
        settings = Settings(
            items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
            parameters=SpectraSettings.model_validate({"spectra": spectra}),
            settle_seconds=0,
            runs=(RunSettings(folder=tiny_run, base=tiny_base, model="tiny", method="sft"),),
        )
        probe = Project(settings, Store(tmp_path)).probe("tiny/10")
        *_, last = run_tables(probe, [table_named("parameter_stats")])
        rows = probe.stored(PARAMETER_STATS)
        assert "codes" not in last.result.provenance.inputs  # which only rows of quantised weights name
        assert PARAMETER_STATS.headline is not None
        shown = PARAMETER_STATS.headline(rows)
        return last.result.reused, rows["spectral_norm"].count(), shown

    assert computed("off")[:2] == (False, 0)
    assert not list(tmp_path.glob(f"{BASE_SPECTRA.name}/**/*.parquet"))
    reused, number, shown = computed("all")
    assert (reused, "spectra" in shown) == (False, False)
    assert number > 0
    assert computed("all")[0]
    reused, _, shown = computed("off")
    assert not reused
    assert str(shown["spectra"]).startswith("of 0 of ")
