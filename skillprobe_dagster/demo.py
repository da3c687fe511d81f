"""The demo: two training runs, and the real pipeline watching them.

A Dagster daemon with the checkpoint sensor runs while TRL tunes one small base model by SFT and by RL. The daemon
finds each checkpoint when it is complete and evaluates it; this program starts both, waits, and prints the result.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import torch
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.demo.sft_and_rl import DEFAULTS, Method
from skillprobe_core.errors import SettingsError, SkillprobeError
from skillprobe_core.home import home
from skillprobe_core.machine.processor import cores, processor_name
from skillprobe_core.project.project import Project
from skillprobe_core.runs.checkpoint import parse_key
from skillprobe_core.show.report.summary_table import print_summary
from skillprobe_core.terminal import prepare, say
from skillprobe_core.visible import visible

from .demo_evaluations import Evaluations, headline
from .demo_progress import Done, expectation, expected_here, late, state_line, steps_so_far
from .jobs import probe_checkpoint

_MARK = "# Written by `skillprobe demo`."
_METHODS: tuple[Method, ...] = ("sft", "rl")
_STALLED_SECONDS = 600
_SECONDS_BETWEEN_LINES = 10.0
_UNDER_WAY = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]

SETTINGS = f"""{_MARK} Change it, and the demo will leave this folder alone.
settle_seconds = 2

[items]
levels = [1]
per_level = 6

[prompts]
template = "none"

[sampling]
max_new_tokens = 96

[divergence]
texts = ["reference"]   # own and base text would triple its time

[study]
targets = ["calculation/math"]

[[runs]]
model = "demo-sft"
method = "sft"
folder = "demo/sft"
base = "{{base}}"

[[runs]]
model = "demo-rl"
method = "rl"
folder = "demo/rl"
base = "{{base}}"
"""


_NEXT = """
Done in {seconds:.0f} s. Three things to do next:
  1. Open the UI:        make ui      (then http://127.0.0.1:3000, Assets)
  2. Ask with SQL:       .venv/bin/skillprobe sql "SELECT model, step, skill, accuracy FROM skill_scores
                         WHERE domain = 'all' AND level = 0 ORDER BY skill, model, step"
  3. Watch your own run: add it to {home}/skillprobe.toml and the sensor does the rest:
                         [[runs]]
                         folder = "/path/to/run"        # holds checkpoint-100, checkpoint-200, ...
                         base = "/path/to/base_model"   # what the run started from
                         method = "sft"
"""


def main(started: float) -> int:
    """Run the demo, which began at `started` of the monotonic clock; returns the process's exit status."""
    prepare()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are ended too
    try:
        instance_folder = _instance_folder()
        project = _prepare()
        # Opened before the daemon starts: two processes that create its databases at one time would spoil them.
        instance = DagsterInstance.from_config(str(instance_folder))
        with _children(instance_folder) as children:
            _announce(project, started)
            keys = _wait(project, children, instance, started)
        steps = {model: max(step for name, step in keys if name == model) for model in ("demo-sft", "demo-rl")}
        say()
        print_summary(project.store, project.protocol().protocol, [("demo-sft", 0), *steps.items()])
    except SkillprobeError as error:
        say(f"error: {error}", err=True)
        return 1
    say(_NEXT.format(seconds=time.monotonic() - started, home=visible(os.path.relpath(home()))))
    return 0


def _instance_folder() -> Path:
    """The folder of dagster.yaml, which the daemon and `make ui` share."""
    folder = Path(os.environ.get("DAGSTER_HOME") or Path.cwd()).absolute()
    if not (folder / "dagster.yaml").exists():
        raise SettingsError(
            "no dagster.yaml", remedy="run the demo in skillprobe's folder, or set DAGSTER_HOME", path=folder
        )
    return folder


def _prepare() -> Project:
    """Write the demo's settings and clear what an earlier demo trained; the store itself is kept."""
    settings = home() / "skillprobe.toml"
    if settings.exists() and not settings.read_text().startswith(_MARK):
        raise SettingsError(
            "these settings are your own",
            remedy="run the demo with SKILLPROBE_HOME set to another folder",
            path=settings,
        )
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(SETTINGS.format(base=base_model_folder()))
    shutil.rmtree(home() / "demo", ignore_errors=True)
    for method in _METHODS:
        (home() / "demo" / method).mkdir(parents=True)
    return Project.open()


@contextmanager
def _children(instance_folder: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The daemon and the two trainers, by name; whatever still runs at the end is ended."""
    environment = os.environ | {
        "DAGSTER_HOME": str(instance_folder),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": "300",
        "SKILLPROBE_HOME": str(home()),
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    demo, base = home() / "demo", str(base_model_folder())
    commands = {"daemon": ["-m", "dagster._daemon", "run", "-m", "skillprobe_dagster.definitions"]}
    for method in _METHODS:
        commands[method] = [
            "-m",
            "skillprobe_core.demo.sft_and_rl",
            method,
            "--base",
            base,
            "--out",
            str(demo / method),
        ]
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in commands.items():
            with (demo / f"{name}.log").open("wb") as log:
                children[name] = subprocess.Popen(
                    [sys.executable, *arguments], stdout=log, stderr=subprocess.STDOUT, env=environment
                )
        yield children
    finally:
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        for child in children.values():
            child.wait(timeout=60)


def _announce(project: Project, started: float) -> None:
    """Print what will happen, in which number type, and how long it will take on this machine."""
    base = project.probe(f"demo-{_METHODS[0]}/0")
    _say(time.monotonic() - started, "Two trainers tune a model of two million parameters, one by SFT and one by RL.")
    lines = (
        "A Dagster sensor finds each checkpoint that they write and evaluates it on 20 cells.",
        f"This takes {expectation(expected_here())} here ({processor_name(torch.device('cpu'))}, cores: {cores()}).",
        f"Number type: {base.number_type.dtype} ({base.number_type.reason})",
        f"Logs: {visible(os.path.relpath(home() / 'demo'))}",
    )
    for line in lines:
        say(f"         {line}")


def _wait(
    project: Project,
    children: Mapping[str, subprocess.Popen[bytes]],
    instance: DagsterInstance,
    started: float,
) -> list[tuple[str, int]]:
    """Wait until every checkpoint that the trainers wrote is evaluated; returns their (model, step)."""
    evaluations = Evaluations(project)
    started_at = datetime.now(UTC)
    reported = changed = time.monotonic()
    before: Done | None = None
    warned = False
    while True:
        trained = all(children[method].poll() is not None for method in _METHODS)
        written = set(project.keys())
        fresh = evaluations.look(written)
        done = _done(evaluations)
        now = time.monotonic()
        for key in fresh:
            _say(now - started, f"{key} evaluated ({headline(project, key)})")
        if trained and evaluations.finished >= written and not instance.get_runs_count(RunsFilter(statuses=_UNDER_WAY)):
            # Not before: ended in the midst of a run, the daemon would leave it hanging in the UI.
            return sorted(parse_key(key) for key in evaluations.finished)
        _raise_for_failures(children, instance, started_at)
        if done != before:
            before, changed = done, now
        if now - changed > _STALLED_SECONDS:
            raise SettingsError(
                f"nothing has happened for {_STALLED_SECONDS // 60} minutes",
                remedy="read daemon.log, sft.log and rl.log in this folder, then run the demo again",
                path=home() / "demo",
            )
        if fresh or now - reported >= _SECONDS_BETWEEN_LINES:
            reported = now
            _say(now - started, state_line(done, now - started))
            if not warned and (warning := late(done, now - started)):
                warned = True
                _say(now - started, warning)
        time.sleep(1.0)


def _done(evaluations: Evaluations) -> Done:
    checkpoints = sum(DEFAULTS[method].steps // DEFAULTS[method].save_every for method in _METHODS) + len(_METHODS)
    return Done(
        steps=steps_so_far(home() / "demo", _METHODS),
        all_steps={method: DEFAULTS[method].steps for method in _METHODS},
        tables=evaluations.tables,
        all_tables=checkpoints * evaluations.tables_per_checkpoint,
        evaluated=len(evaluations.finished),
        all_checkpoints=checkpoints,
    )


def _say(seconds: float, text: str) -> None:
    say(f"[{seconds:4.0f} s] {text}")


def _raise_for_failures(
    children: Mapping[str, subprocess.Popen[bytes]], instance: DagsterInstance, started_at: datetime
) -> None:
    for name, child in children.items():
        if child.poll() not in (None, 0):
            log = home() / "demo" / f"{name}.log"
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise SettingsError(
                f"the {name} process ended with status {child.poll()}:\n{tail}",
                remedy="correct what the last lines of this log name, then run the demo again",
                path=log,
            )
    # Summaries may run on what Dagster remembers of a store that was deleted.
    failed = RunsFilter(job_name=probe_checkpoint.name, statuses=[DagsterRunStatus.FAILURE], created_after=started_at)
    for run in instance.get_runs(failed, limit=1):
        raise SettingsError(
            f"Dagster run {run.run_id} failed ({run.tags.get('dagster/partition', 'no partition')})",
            remedy="open the UI with `make ui` and look at the run",
        )


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else time.monotonic()))
