"""Messages between the processes of a watch, and the process that evaluates."""

import subprocess
import sys
from multiprocessing import Pipe
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, ItemError, SkillprobeError
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.evaluation_worker import opening, packed, portable, unpacked
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.project.watch_runs import Evaluation
from skillprobe_core.runs.run_settings import RunSettings


def test_tables_are_those_of_the_process_that_reads_them() -> None:
    assert all(unpacked(packed((table, 1)))[0] is table for table in all_tables())


@pytest.mark.parametrize(
    "error",
    [CheckpointError("cause\nof two lines", remedy="do it", path="/a"), ItemError("c", remedy="r"), ValueError("v", 1)],
)
def test_errors_stay_what_they_are(error: Exception) -> None:
    found = unpacked(packed(portable(error)))
    assert (type(found), str(found), found.args) == (type(error), str(error), error.args)
    if isinstance(error, SkillprobeError):
        assert (found.cause, found.remedy, found.path) == (error.cause, error.remedy, error.path)


def test_an_error_that_cannot_leave_its_process_is_given_in_words() -> None:
    class Own(Exception):
        pass

    assert str(portable(Own("of a test"))) == "Own: of a test"
    assert portable(None) is None


def test_the_process_evaluates_what_it_is_given_and_ends_with_the_connection(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    run = RunSettings(folder=tiny_run, base=tiny_base, method="sft")
    compute = ComputeSettings(devices=("cpu:0", "cpu:1"))
    project = Project(Settings(compute=compute, runs=(run,)), Store(tmp_path))
    own, other = Pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "skillprobe_core.project.evaluation_worker", str(other.fileno())],
        pass_fds=[other.fileno()],
    )
    other.close()
    own.send_bytes(opening(project))
    for key in ("tiny-sft/99", "other/1"):
        own.send_bytes(packed((key, {})))
        found = unpacked(own.recv_bytes())
        assert isinstance(found, Evaluation)
        assert found.key == key
        assert isinstance(found.error, SkillprobeError)
    own.close()
    assert process.wait(60) == 1
