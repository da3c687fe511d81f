"""One run reads the settings, lists the run folders and reads the item set once, however many assets it has."""

from collections import Counter
from pathlib import Path

import pytest

from skillprobe_core.engine.store import UPGRADE
from skillprobe_core.measurements.items import wanted_items as pipeline_items
from skillprobe_core.project import project as pipeline_project
from skillprobe_dagster import resources
from skillprobe_dagster.definitions import build_defs


def counted(monkeypatch: pytest.MonkeyPatch, module, name, counts: Counter[str]) -> None:
    real = getattr(module, name)

    def counting(*arguments, **options):
        counts[name] += 1
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, counting)


def test_a_run_looks_once(place, instance, monkeypatch: pytest.MonkeyPatch) -> None:
    place.arrive(10)
    counts: Counter[str] = Counter()
    counted(monkeypatch, pipeline_project, "settings_in", counts)
    counted(monkeypatch, pipeline_project, "discover", counts)
    counted(monkeypatch, pipeline_items, "unchanged", counts)
    instance.add_dynamic_partitions("checkpoint", ["tiny/10"])
    job = build_defs(place.home).resolve_job_def("probe_checkpoint")
    for run in (1, 2):
        assert job.execute_in_process(partition_key="tiny/10", instance=instance).success
        assert counts == {"settings_in": run, "discover": run, "unchanged": run}


def test_a_store_of_an_earlier_version_is_named_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = Path(__file__).parents[1] / "data" / "store_before_protocols"
    with caplog.at_level("WARNING", logger="dagster"):
        resources.ProjectResource(home=str(tmp_path)).open()
        assert UPGRADE not in caplog.text
        resources.ProjectResource(home=str(before)).open()
    assert UPGRADE in caplog.text
