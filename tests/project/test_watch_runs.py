"""The loop that evaluates what lands: each version once, a failure on its own, and the plan of each look."""

import json
import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import pytest

from skillprobe_core.engine.store import Partition
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.giving_way import GivingWay
from skillprobe_core.measurements.parameters import parameter_stats as parameter_stats_module
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project import watch_runs as watch_runs_module
from skillprobe_core.project import watching
from skillprobe_core.project.failed_attempts import KILLED, failures_in
from skillprobe_core.project.project import Project
from skillprobe_core.project.watch_runs import Evaluation, dismiss_failures, run_in, watch_runs, watched_project
from skillprobe_core.project.watching import Plan, look
from skillprobe_core.runs.pins import Pins
from tests.models.backends.completion_server import Server

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


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS)
    return Project.at(tmp_path / "home")


def test_each_version_is_evaluated_once_and_every_look_is_seen(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "checkpoint-10" / "config.json").write_text("{}")
    watched = watched_project(project, run, tiny_base, model=None, method="sft")
    plans: list[Plan] = []
    found = list(watch_runs(watched, once=True, every=0, seen=plans.append))
    assert [each.key for each in found] == ["run/0", "run/10", "run/20", "run/0", "run/20"]
    assert [each.error is None for each in found] == [True, False, True, True, True]
    assert [len(each.results) for each in found] == [9, 0, 18, 1, 2]
    assert (found[0].drops, found[2].reused) == ("", 9)
    assert found[2].drops
    assert [[request.key for request in each.requests] for each in plans] == [
        ["run/0", "run/10", "run/20"], [], [], [],
    ]  # fmt: skip


def test_checkpoints_that_land_have_their_verdicts_before_any_has_its_spectra(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step 20 lands while spectra are computed: they give way, and go on where they stopped."""
    run = shutil.copytree(tiny_run, tmp_path / "run")
    later = Path(shutil.move(run / "checkpoint-20", tmp_path / "later"))
    watched = watched_project(project, run, tiny_base, model=None, method="sft")
    calls: list[str] = []
    real = {name: getattr(parameter_stats_module, name) for name in ("of_spectra", "parameter_stats")}

    def landing(*arguments: object, **options: object) -> object:
        calls.append("matrix")
        if later.exists():
            shutil.move(later, run / "checkpoint-20")
        return real["of_spectra"](*arguments, **options)

    def counted(*arguments: object, **options: object) -> object:
        calls.append(f"begin {options['step']}")
        return real["parameter_stats"](*arguments, **options)

    monkeypatch.setattr(parameter_stats_module, "of_spectra", landing)
    monkeypatch.setattr(parameter_stats_module, "parameter_stats", counted)
    order: list[tuple[str, str]] = []
    keys: list[tuple[str, bool]] = []
    for each in watch_runs(watched, once=True, every=0):
        assert each.error is None
        keys.append((each.key, each.late))
        order += [(result.table, f"{result.model}/{result.step}") for result in each.results if not result.reused]
    assert keys == [(f"run/{step}", late) for late in (False, True) for step in (0, 10, 20)]
    tables = ("verdicts", "logit_divergence", "elementwise_stats", "parameter_stats")
    places = {table: [order.index((table, f"run/{step}")) for step in (10, 20)] for table in tables}
    for place in (0, 1):
        assert places["verdicts"][place] < places["logit_divergence"][place] < places["elementwise_stats"][place]
    assert max(places["elementwise_stats"]) < min(places["parameter_stats"])
    assert [call for call in calls if call != "matrix"] == [f"begin {step}" for step in (0, 0, 10, 20)]
    matrices = project.store.read(PARAMETER_STATS, Partition.checkpoint("run", 0))["spectral_norm"].count()
    assert matrices <= calls[: calls.index("begin 10")].count("matrix") < 2 * matrices


def test_spectra_that_fail_are_counted_and_tried_again(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    shutil.rmtree(run / "checkpoint-20")
    watched = watched_project(project, run, tiny_base, model=None, method="sft")
    with monkeypatch.context() as patch:
        patch.setattr(parameter_stats_module, "of_spectra", lambda *_, **__: 1 / 0)
        found = [(each.key, each.late, each.error is None) for each in watch_runs(watched, once=True, every=0)]
    assert found == [
        ("run/0", False, True), ("run/10", False, True), ("run/0", True, False), ("run/10", True, False),
    ]  # fmt: skip
    assert {key: failed.count for key, failed in failures_in(project.store).items()} == {"run/0": 1, "run/10": 1}
    again = list(watch_runs(watched, once=True, every=0))
    assert all(each.error is None for each in again)
    assert [(each.late, each.reused == len(each.results)) for each in again] == [
        (False, True), (False, True), (True, False), (True, False),
    ]  # fmt: skip
    assert failures_in(project.store) == {}


def test_two_watchers_of_one_folder_compute_each_table_once(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    (run / "checkpoint-20").rename(run / "checkpoint-15")
    state = run / "checkpoint-15" / "trainer_state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"global_step": 15}))

    def watcher(_: int) -> list[Evaluation]:
        own = watched_project(Project.at(project.store.root), run, tiny_base, model=None, method="sft")
        return list(watch_runs(own, once=True, every=0))

    with ThreadPoolExecutor(2) as pool:
        found = [each for evaluations in pool.map(watcher, range(2)) for each in evaluations]
    assert Counter(each.key for each in found) == {"run/0": 4, "run/10": 4, "run/15": 4}
    assert all(each.error is None for each in found)
    computed = Counter((r.model, r.step, r.table) for each in found for r in each.results if not r.reused)
    assert set(computed.values()) == {1}
    assert {step for _, step, _ in computed} == {0, 10, 15}


def test_a_failed_version_is_tried_again_and_counted_in_the_store(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    shutil.rmtree(run / "checkpoint-20")
    config = (run / "checkpoint-10" / "config.json").read_text()
    (run / "checkpoint-10" / "config.json").write_text("{}")
    choice = {"order": "newest"}
    watched = watched_project(project, run, tiny_base, model=None, method="sft", choice=choice)

    def once() -> tuple[list[str], tuple[str, ...]]:
        plans: list[Plan] = []
        found = watch_runs(watched, once=True, every=0, seen=plans.append)
        keys = [each.key for each in found if not each.late]
        return keys, plans[-1].notes

    for count in (1, 2, 3):
        keys, notes = once()
        assert keys == ["run/0", "run/10"]
        assert len(notes) == (count == 3)
        assert failures_in(project.store)["run/10"].count == count
    keys, notes = once()
    assert (keys, "--retry" in notes[0]) == (["run/0"], True)
    dismiss_failures(watched)
    assert once()[0] == ["run/0", "run/10"]
    (run / "checkpoint-10" / "config.json").write_text(config)
    assert once()[0] == ["run/0", "run/10"]
    assert failures_in(project.store) == {}


def test_checkpoints_wait_for_a_server_and_are_tried_again_after_it_refused_them(
    project: Project, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_RETRY_SECONDS", 0.0)
    server = Server(tiny_base, key="right", name="other")
    thread = Thread(target=server.serve_forever)
    thread.start()
    compute = ComputeSettings(backend="openai-server", url=server.url, device="cpu")
    served = Project(project.settings.model_copy(update={"compute": compute}), project.store)
    plans: list[Plan] = []

    def seen(plan: Plan) -> None:
        plans.append(plan)
        server.key = None

    found = watch_runs(
        watched_project(served, tiny_run, tiny_base, model=None, method="sft", choice={"order": "newest"}),
        once=False,
        every=0,
        seen=seen,
    )
    try:
        refused = next(found)
        server.served = str(tiny_base)
        evaluated = next(found)
    finally:
        found.close()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()
    assert not plans[0].requests
    assert "status 401" in plans[0].problems[-1]
    assert (refused.key, type(refused.error)) == ("tiny-sft/0", SettingsError)
    assert (evaluated.key, evaluated.error) == ("tiny-sft/0", None)
    assert failures_in(project.store) == {}


def test_a_version_whose_evaluation_is_killed_is_asked_again_within_the_limit_and_shown(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes that watch the folder are killed while they evaluate step 10; each new one takes it up again."""
    run = shutil.copytree(tiny_run, tmp_path / "run")
    shutil.rmtree(run / "checkpoint-20")
    watched = watched_project(project, run, tiny_base, model=None, method="sft")

    def killed(given: Project, key: str, late: GivingWay | None) -> Evaluation:
        if key == "run/10":
            os._exit(9)
        return Evaluation(key, (), 0.0, late=late is not None)

    monkeypatch.setattr(watch_runs_module, "_evaluate", killed)
    notes: list[tuple[str, ...]] = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            list(watch_runs(watched, once=True, every=0))
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert [
        each.key for each in watch_runs(watched, once=True, every=0, seen=lambda plan: notes.append(plan.notes))
    ] == ["run/0", "run/0"]
    assert f"run/10 failed in 3 attempts and is left out until its files change: {KILLED}" in notes[0][0]
    dismiss_failures(watched)
    monkeypatch.setattr(
        watch_runs_module, "_evaluate", lambda _, key, late: Evaluation(key, (), 0.0, late=late is not None)
    )
    assert [each.key for each in watch_runs(watched, once=True, every=0)] == ["run/0", "run/10"] * 2


def test_steps_that_are_not_chosen_are_neither_evaluated_nor_pinned(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    watched = watched_project(project, run, tiny_base, model=None, method="sft", choice={"every_steps": 20})
    (seen,) = look(watched)
    assert {pin.step for pin in Pins(watched.scratch).of_model("run")} == {20}
    assert [each.checkpoint.step for each in seen.checkpoints] == [10, 20]
    found = list(watch_runs(watched, once=True, every=0))
    assert [each.key for each in found] == ["run/0", "run/20"] * 2
    (seen,) = look(watched)
    assert seen.evaluated == {20}


def test_a_given_folder_stands_in_for_the_settings(
    project: Project, tiny_base: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_run.parent)
    (run,) = watched_project(project, Path(tiny_run.name), tiny_base, model=None, method="rl").settings.runs
    assert run == run_in(tiny_run, tiny_base, model="tiny-sft", method="rl")
    assert run.folder == tiny_run
    with pytest.raises(SettingsError, match="no run to watch"):
        watched_project(project, None, None, model=None, method="rl")
    with pytest.raises(SettingsError, match="needs its base"):
        watched_project(project, tiny_run, None, model=None, method="rl")


def test_a_folder_of_runs_is_watched_run_by_run_and_each_has_a_name_of_its_own(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    top = tmp_path / "top"
    for name in ("one/checkpoints", "two/checkpoints", "three"):
        shutil.copytree(tiny_run, top / name)
    runs = watched_project(project, top, tiny_base, model=None, method="sft").settings.runs
    names = {run.model: str(run.folder.relative_to(top)) for run in runs}
    assert names == {"one-checkpoints": "one/checkpoints", "three": "three", "two-checkpoints": "two/checkpoints"}
    with pytest.raises(SettingsError, match="3 runs, which cannot all have the model name 'm'"):
        watched_project(project, top, tiny_base, model="m", method="sft")
    with pytest.raises(SettingsError, match="needs its base: no file names the base"):
        watched_project(project, top, None, model=None, method="sft")


def test_the_base_that_the_files_name_is_used(
    project: Project, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "top" / "exp")
    config = json.loads((run / "checkpoint-10" / "config.json").read_text())
    (run / "checkpoint-10" / "config.json").write_text(json.dumps(config | {"_name_or_path": str(tiny_base)}))
    (found,) = watched_project(project, tmp_path / "top", None, model=None, method="sft").settings.runs
    assert (found.folder, found.base, found.model) == (run, tiny_base, "exp")
