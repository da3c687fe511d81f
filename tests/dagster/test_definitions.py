"""The definitions that Dagster loads."""

import subprocess
import sys
from pathlib import Path

from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_dagster.checks import CHECKS
from skillprobe_dagster.definitions import build_defs, defs


def test_loading_the_definitions_imports_no_model_code():
    """The web page, the sensor and every run load them; a daemon gives a run a minute to start."""
    code = "import sys, skillprobe_dagster.definitions; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "scipy"} & set(loaded)


def test_every_declared_check_job_and_sensor_is_loaded() -> None:
    checks = {spec.name for check in CHECKS for spec in check.check_specs}
    assert checks == {check.name for table in all_tables() for check in table.checks}
    assert defs.resolve_job_def("probe_checkpoint").name == "probe_checkpoint"
    assert {sensor.name for sensor in defs.sensors or ()} == {"new_checkpoints", "summaries"}


def test_definitions_are_of_the_store_that_is_given(tmp_path: Path) -> None:
    resources = build_defs(tmp_path).resources or {}
    assert resources["project"].home == str(tmp_path)
