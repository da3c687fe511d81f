"""Run folders of strangers next to a good one: the sensor, watching, probing and the report go on past each of them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SkillprobeError, one_line
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.show.cli.main import app
from skillprobe_core.visible import visible
from skillprobe_dagster.resources import ProjectResource
from skillprobe_dagster.sensors import new_checkpoints
from tests.hostile_runs import NOT_REQUESTED, RUNS, SOUND

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
"""
SPACES = "my-run-d33e7609"
"""The model of a folder called `my run`."""


def section(folder: Path, base: Path, model: str | None) -> str:
    named = "" if model is None else f"model = {json.dumps(model)}\n"
    return f"[[runs]]\nfolder = {json.dumps(str(folder))}\nbase = {json.dumps(str(base))}\n{named}"


@pytest.fixture(scope="module")
def place(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hostile runs, then one called `my run` and the good one, and a store that watches all."""
    top = tmp_path_factory.mktemp("place")
    good = tiny_run / "checkpoint-10"
    sections = []
    for model, (name, make) in RUNS.items():
        make(top / name, good)
        sections.append(section(top / name, tiny_base, model))
    shutil.copytree(good, top / "my run" / "checkpoint-10")
    sections += [section(top / "my run", tiny_base, None), section(tiny_run, tiny_base, "good")]
    (top / "home").mkdir()
    (top / "home" / "skillprobe.toml").write_text(SETTINGS + "".join(sections))
    return top


def ticks(home: Path) -> Iterator[tuple[set[str], str]]:
    """Requested keys of each look of the sensor, and what it says when nothing is new."""
    cursor = None
    with dg.DagsterInstance.ephemeral() as instance:
        for _ in range(6):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = new_checkpoints(context, project=ProjectResource(home=str(home)))
            assert isinstance(result, dg.SensorResult)
            cursor = result.cursor
            requested = {str(request.partition_key) for request in result.run_requests or []}
            yield requested, (result.skip_reason.skip_message or "") if result.skip_reason else ""
            if not requested:
                return


def test_the_sensor_requests_the_good_runs_and_passes_no_other_over_in_silence(place: Path) -> None:
    looks = list(ticks(place / "home"))
    requested, (_, said) = set().union(*(keys for keys, _ in looks)), looks[-1]
    assert {"good/0", "good/10", "good/20", f"{SPACES}/0", f"{SPACES}/10"} <= requested
    steps = {key.rpartition("/")[0] for key in requested if not key.endswith("/0")}
    assert steps == (RUNS.keys() - NOT_REQUESTED) | {"good", SPACES}
    for model in NOT_REQUESTED:
        assert any(visible(place / RUNS[model][0]) in line for line in said.splitlines()), (model, said)


def test_each_key_fails_with_one_line_that_names_file_and_remedy(place: Path) -> None:
    project, table = Project.at(place / "home"), table_named("checkpoints")
    for model, (name, _) in RUNS.items():
        if model in SOUND:
            run_table(table, project.probe(f"{model}/10"))
            continue
        with pytest.raises(SkillprobeError) as caught:
            run_table(table, project.probe(f"{model}/10"))
        line = one_line(caught.value)
        assert visible(place / name) in line, (model, line)
        assert "Remedy: " in line, (model, line)
        assert line.isprintable(), (model, line)
        assert "this is a bug" not in line, (model, line)
    run_table(table, project.probe("good/10"))
    run_table(table, project.probe(f"{SPACES}/10"))


def test_layouts_says_of_each_what_it_is(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(place / "home"))
    shown = CliRunner().invoke(app, ["layouts", str(place)], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "1 unreadable (step 10)" in shown.stdout
    assert "step 10 cannot be read: model.safetensors: truncated: " in shown.stdout
    assert "\x1b" not in shown.stdout


def test_the_report_is_written_whatever_the_runs_hold(
    place: Path, study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(study.root, tmp_path / "home")
    shutil.copy(place / "home" / "skillprobe.toml", tmp_path / "home")
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "home"))
    page = tmp_path / "page.html"
    shown = CliRunner().invoke(app, ["report", "--out", str(page)], catch_exceptions=False)
    assert shown.exit_code == 0, shown.output
    assert page.exists()


@pytest.mark.slow
def test_watching_evaluates_the_good_runs_and_says_once_what_is_wrong_with_each(
    place: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing, left_out = ("nests", "config", "circle", "short", "newline"), ("file", "run-loop")
    sections = [section(place / RUNS[model][0], tiny_base, model) for model in (*failing, *left_out, "verl-pipe")]
    sections += [section(place / "my run", tiny_base, None), section(tiny_run, tiny_base, "good")]
    (tmp_path / "skillprobe.toml").write_text(SETTINGS + "".join(sections))
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    shown = CliRunner().invoke(app, ["watch", "--once"], catch_exceptions=False)
    assert shown.exit_code == 1
    for key in ("good/0", "good/10", "good/20", f"{SPACES}/10", "verl-pipe/10"):
        assert f"{key} evaluated in " in shown.stdout
    lines = shown.stderr.splitlines()
    for model in failing:
        (line,) = (line for line in lines if line.startswith(f"{model}/10 failed: "))
        assert visible(place / RUNS[model][0]) in line
        assert "Remedy: " in line
    for model in left_out:
        assert sum(visible(place / RUNS[model][0]) in line for line in lines) == 1, (model, lines)
    assert "\x1b" not in shown.output
