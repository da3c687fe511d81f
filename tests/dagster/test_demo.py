"""The demo leaves a user's own folder alone, and says what it needs before it starts anything."""

import signal
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus
from dagster._core.utils import make_new_run_id

from skillprobe_core.errors import SettingsError
from skillprobe_core.project.settings import load_settings
from skillprobe_dagster import demo


@pytest.fixture(autouse=True)
def _signals_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "store"))
    return tmp_path / "store"


def test_without_dagsters_configuration_it_says_where_to_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(0.0) == 1
    shown = capsys.readouterr().err
    assert "no dagster.yaml" in shown
    assert "DAGSTER_HOME" in shown
    assert not home.exists()


def test_settings_of_the_user_are_never_replaced(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dagster.yaml").touch()
    home.mkdir()
    (home / "skillprobe.toml").write_text("settle_seconds = 3\n")
    assert demo.main(0.0) == 1
    assert "these settings are your own" in capsys.readouterr().err
    assert (home / "skillprobe.toml").read_text() == "settle_seconds = 3\n"
    assert [path.name for path in home.iterdir()] == ["skillprobe.toml"]


def test_its_settings_are_valid_and_name_both_runs(tmp_path: Path) -> None:
    file = tmp_path / "skillprobe.toml"
    file.write_text(demo.SETTINGS.format(base=tmp_path))
    settings = load_settings(file)
    assert [(run.model, run.method) for run in settings.runs] == [("demo-sft", "sft"), ("demo-rl", "rl")]
    assert {run.base for run in settings.runs} == {tmp_path}
    assert settings.study.targets == ("calculation/math",)


@pytest.mark.parametrize(("job", "ends"), [("probe_checkpoint", True), ("__ASSET_JOB", False)])
def test_only_a_checkpoint_that_fails_ends_the_demo(job: str, ends: bool) -> None:
    """Summaries may fail on what Dagster remembers of a store that was deleted."""
    started = datetime.now(UTC) - timedelta(seconds=1)
    with DagsterInstance.ephemeral() as instance:
        instance.add_run(DagsterRun(job_name=job, run_id=make_new_run_id(), status=DagsterRunStatus.FAILURE))
        with pytest.raises(SettingsError, match="failed") if ends else nullcontext():
            demo._raise_for_failures({}, instance, started)
