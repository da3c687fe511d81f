"""Checkpoints evaluated at the same time: on all lanes, alone in their failures, ended together."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.machine.device_leases import leases_in
from skillprobe_core.measurements.leased_devices import leases_folder
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.project.evaluation_workers import evaluation_workers
from skillprobe_core.project.failed_attempts import KILLED, failures_in
from skillprobe_core.project.project import Project
from skillprobe_core.project.store_faults import faults
from skillprobe_core.project.watch_runs import Evaluation, watch_runs, watched_project
from skillprobe_core.project.watching import Request

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
[compute]
devices = ["cpu:0", "cpu:1"]
[parameters]
spectra = "off"
"""


@pytest.fixture
def project(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> Project:
    """A project that watches three checkpoints, one of them damaged."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "skillprobe.toml").write_text(SETTINGS)
    run = shutil.copytree(tiny_run, tmp_path / "run")
    shutil.copytree(run / "checkpoint-20", run / "checkpoint-30")
    (run / "checkpoint-30" / "config.json").write_text("{}")
    return watched_project(Project.at(tmp_path / "home"), run, tiny_base, model=None, method="sft")


def children() -> set[int]:
    """The processes that this one started and that run now."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(each) for each in (task / "children").read_text().split()}
    return found


@pytest.mark.slow
def test_as_many_checkpoints_as_devices_are_evaluated_and_a_failure_is_alone(project: Project) -> None:
    before = children()
    found = list(watch_runs(project, once=True, every=0.1))
    assert sorted((each.key, each.late, each.error is None) for each in found) == [
        ("run/0", False, True), ("run/0", True, True), ("run/10", False, True), ("run/10", True, True),
        ("run/20", False, True), ("run/20", True, True), ("run/30", False, False),
    ]  # fmt: skip
    assert [each.key for each in found if each.drops] == [
        each.key for each in found if each.key in ("run/10", "run/20") and not each.late
    ]
    assert children() == before
    computed = [(r.model, r.step, r.table) for each in found for r in each.results if not r.reused]
    assert len(computed) == len(set(computed))
    assert all(set(each.devices) <= {"cpu:0", "cpu:1"} for each in found)
    assert list(faults(project.store)) == []
    log = leases_in(leases_folder(project.store))
    assert {device for each in log for device in each.devices} == {"cpu:0", "cpu:1"}
    assert len({each.pid for each in log}) == 2
    assert {table_named(each.work.split()[1]).pool for each in log} == {"device"}
    assert list(failures_in(project.store)) == ["run/30"]


def test_a_killed_worker_fails_its_checkpoint_and_the_next_gets_another(project: Project) -> None:
    def killed(start: set[int]) -> Iterator[None]:
        while not (started := children() - start):
            time.sleep(0.01)
            yield
        os.kill(started.pop(), signal.SIGKILL)

    request = Request("run/99", "version")
    with evaluation_workers(project, 1) as workers:
        for _ in range(2):
            kill = killed(children())
            workers.begin(lambda evaluated: (request, evaluated(request.key)))
            for _ in kill:
                pass
            ((_, found),) = workers.ended(60)
            assert found.error is not None
            assert KILLED in str(found.error)
            assert workers.running == 0
        workers.begin(lambda evaluated: (request, evaluated(request.key)))
        ((_, found),) = workers.ended(120)
        assert isinstance(found, Evaluation)
        assert "no checkpoint of step 99" in str(found.error)


@pytest.mark.slow
def test_ending_the_block_ends_the_workers_and_counts_no_failure(project: Project) -> None:
    before = children()
    evaluations = watch_runs(project, once=True, every=0.1)
    next(evaluations)
    assert len(children() - before) == 2
    evaluations.close()  # type: ignore[attr-defined]
    assert children() == before
    assert set(failures_in(project.store)) <= {"run/30"}
    assert list((project.store.work("attempts")).glob("*/*.running")) == []


@pytest.mark.slow
def test_an_interrupt_ends_the_watch_and_its_workers(project: Project, tmp_path: Path, tiny_base: Path) -> None:
    shutil.rmtree(tmp_path / "run" / "checkpoint-30")
    command = [sys.executable, "-m", "skillprobe", "watch", str(tmp_path / "run"), "--base", str(tiny_base)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    watch = subprocess.Popen(
        command, env=os.environ | {"SKILLPROBE_HOME": str(project.store.root)}, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, before)
    folder = leases_folder(Store(project.store.root))
    deadline = time.monotonic() + 120
    while not (workers := {each.pid for each in leases_in(folder)}):
        assert watch.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    watch.send_signal(signal.SIGINT)
    _, said = watch.communicate(timeout=60)
    assert watch.returncode == 130, said
    assert "interrupted: " in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
