"""A folder that a stranger wrote fails alone, with one message, and every other run goes on."""

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, one_line
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watching import look, plan
from skillprobe_core.runs.run_settings import RunSettings
from tests.hostile_files import FILES, LIMITS, UNREAD


def project_of(folder: Path, base: Path, runs: dict[str, Path]) -> Project:
    settings = Settings(
        settle_seconds=0, runs=tuple(RunSettings(folder=run, base=base, model=model) for model, run in runs.items())
    )
    return Project(settings, Store(folder / "home"))


@pytest.fixture(scope="module")
def spoilt(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, str]]:
    """A project with one run per hostile file, and the good one last; the names of the files by model."""
    top = tmp_path_factory.mktemp("strangers")
    runs, names = {}, {}
    for number, (name, spoil) in enumerate(FILES.items()):
        run = top / f"run-{number}"
        shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-10")
        spoil(run / "checkpoint-10")
        runs[f"run-{number}"], names[f"run-{number}"] = run, name
    return project_of(top, tiny_base, {**runs, "good": tiny_run}), names


def test_a_look_plans_the_good_run_and_lists_its_keys(spoilt: tuple[Project, dict[str, str]]) -> None:
    project, names = spoilt
    seen = look(project)
    assert {run.model for run in seen} == {*names, "good"}
    planned = plan(seen, {}, settle_seconds=0, limit=10_000, seconds=1e6, once=True, digest=project.digest_of)
    assert {"good/0", "good/10", "good/20"} <= {request.key for request in planned.requests}
    requested = {request.key.split("/")[0] for request in planned.requests if not request.key.endswith("/0")}
    for model in names.keys() - requested:  # none is passed over in silence
        assert any(model in line for line in (*planned.problems, *planned.notes)), names[model]
    assert {"good/0", "good/10", "good/20"} <= set(project.keys())


def test_each_fails_with_one_message_that_names_it(spoilt: tuple[Project, dict[str, str]]) -> None:
    project, names = spoilt
    weights, behaviour = table_named("checkpoints"), table_named("generations")
    passed = []
    for model, name in names.items():
        if name.startswith(LIMITS):
            continue  # tests/models/test_tokenizer_trial.py
        try:
            run_table(weights, project.probe(f"{model}/10"))
            if not name.startswith(UNREAD):
                run_table(behaviour, project.probe(f"{model}/10"))
        except CheckpointError as error:
            line = one_line(error)
            assert f"/{model}" in line, (name, line)
            assert "Remedy: " in line, (name, line)
            assert ".skillprobe-pins" not in line, (name, line)
            assert "this is a bug" not in line, (name, line)
        else:
            passed.append(name)
    assert [name for name in passed if not name.startswith(UNREAD)] == []
    run_table(weights, project.probe("good/10"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder of another user")
def test_a_folder_of_another_user_stops_no_other_run(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    """As an unprivileged user, in another process."""
    shutil.copytree(tiny_run, tmp_path / "good")
    shutil.copytree(tiny_base, tmp_path / "base")
    for name, closed in (("closed", ""), ("inner", "checkpoint-10"), ("file", "checkpoint-10/config.json")):
        shutil.copytree(tiny_run, tmp_path / name)
        (tmp_path / name / closed).chmod(0)
    nobody = pwd.getpwnam("nobody")
    program = f"""
import os
from pathlib import Path
from tests.scenarios.test_folders_of_strangers import project_of
from skillprobe_core.project.watching import look, plan
top = Path({str(tmp_path)!r})
def planned(folder, *names):
    project = project_of(folder, top / "base", {{name: top / name for name in names}})
    return plan(look(project), {{}}, settle_seconds=0, once=True, digest=project.digest_of), set(project.keys())
planned(top / "first", "good")  # everything is imported, which this user may not read later
os.setgid({nobody.pw_gid})
os.setuid({nobody.pw_uid})
found, keys = planned(top, "closed", "inner", "file", "good")
assert {{"good/10", "good/20", "inner/20", "file/20"}} <= {{each.key for each in found.requests}}, found
assert any("closed" in line for line in found.problems), found
assert "good/20" in keys
"""
    (tmp_path / "home").mkdir()
    for path in (tmp_path, *tmp_path.parents):
        if path.owner() == "root" and path != Path("/") and path != Path("/tmp"):
            path.chmod(path.stat().st_mode | 0o055)
    for path in (tmp_path, *tmp_path.rglob("*")):
        if path.stat().st_mode & 0o700:
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
