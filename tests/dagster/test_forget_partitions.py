"""Partitions of a renamed or removed model leave Dagster's list; those of others stay."""

from pathlib import Path

import dagster as dg
import pytest

from skillprobe_dagster.forget_partitions import forget, main
from skillprobe_dagster.partitions import checkpoint_partitions

KEYS = ["run/0", "run/10", "run/100", "run-2/10"]


def test_the_partitions_of_a_model_or_step_are_deleted(instance: dg.DagsterInstance) -> None:
    name = str(checkpoint_partitions.name)
    instance.add_dynamic_partitions(name, KEYS)
    assert forget(instance, "run", 10) == ["run/10"]
    assert forget(instance, "other") == []
    assert forget(instance, "run") == ["run/0", "run/100"]
    assert instance.get_dynamic_partitions(name) == ["run-2/10"]


def test_the_instance_of_the_working_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    (tmp_path / "dagster.yaml").write_text("storage:\n  sqlite:\n    base_dir: .dagster/storage\n")
    with dg.DagsterInstance.from_config(".") as instance:
        instance.add_dynamic_partitions(str(checkpoint_partitions.name), KEYS)
    main(["run", "10"])
    assert "1 partitions deleted: run/10" in capsys.readouterr().out
    with dg.DagsterInstance.from_config(".") as instance:
        assert instance.get_dynamic_partitions(str(checkpoint_partitions.name)) == ["run/0", "run/100", "run-2/10"]
