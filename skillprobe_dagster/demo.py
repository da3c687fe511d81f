"""The demo: two training runs, and the real pipeline watching them.

A Dagster daemon with the checkpoint sensor runs while TRL tunes one small base model by SFT and by RL. The daemon
finds each checkpoint when it is whole and evaluates it; this program only starts both, waits, and tells what came out.
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

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from skillprobe_core.checkpoints.checkpoint import parse_key
from skillprobe_core.errors import SettingsError, SkillprobeError
from skillprobe_core.home import home
from skillprobe_core.lab.base_model import base_model_folder
from skillprobe_core.pipeline.project import Project
from skillprobe_core.pipeline.registry import stages_of
from skillprobe_core.report.summary import print_summary

_MARK = "# Written by `skillprobe demo`."
_METHODS = ("sft", "rl")
_LIMIT_SECONDS = 1800
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

[sampling]
max_new_tokens = 96

[divergence]
sources = ["reference"]   # own and base text would triple its time

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


def main() -> int:
    """Run the demo; returns the process's exit status."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the children are ended too
    try:
        instance_folder = _instance_folder()
        project = _prepare()
        # Opened before the daemon starts: two processes that create its databases at one time would spoil them.
        instance = DagsterInstance.from_config(str(instance_folder))
        with _children(instance_folder) as children:
            keys = _wait(project, children, instance)
        steps = {model: max(step for name, step in keys if name == model) for model in ("demo-sft", "demo-rl")}
        print()
        print_summary(project.store, [("demo-sft", 0), *steps.items()], project.probe("demo-sft/0").item_set)
    except SkillprobeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(_NEXT.format(seconds=time.monotonic() - started, home=os.path.relpath(home())))
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
        commands[method] = ["-m", "skillprobe_core.lab.arms", method, "--base", base, "--out", str(demo / method)]
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in commands.items():
            with (demo / f"{name}.log").open("wb") as log:
                children[name] = subprocess.Popen(
                    [sys.executable, *arguments], stdout=log, stderr=subprocess.STDOUT, env=environment
                )
        print(
            f"training by SFT and by RL, with the Dagster daemon watching (logs in {os.path.relpath(demo)})", flush=True
        )
        yield children
    finally:
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        for child in children.values():
            child.wait(timeout=60)


def _wait(
    project: Project, children: Mapping[str, subprocess.Popen[bytes]], instance: DagsterInstance
) -> list[tuple[str, int]]:
    """Wait until every checkpoint that the trainers wrote is evaluated; returns their (model, step)."""
    evaluated: set[str] = set()
    started, started_at = time.monotonic(), datetime.now(UTC)
    while True:
        trained = all(children[method].poll() is not None for method in _METHODS)
        written = set(project.keys())
        for key in sorted(written - evaluated, key=parse_key):
            if _is_evaluated(project, key):
                evaluated.add(key)
                seconds = time.monotonic() - started
                print(f"[{seconds:4.0f} s] {key} evaluated ({len(evaluated)} of {len(written)} written)", flush=True)
        # Ended in the midst of a run, the daemon would leave it hanging in the UI.
        if trained and evaluated == written and not instance.get_runs_count(RunsFilter(statuses=_UNDER_WAY)):
            return sorted(parse_key(key) for key in evaluated)
        _raise_for_failures(children, instance, started_at)
        if time.monotonic() - started > _LIMIT_SECONDS:
            raise SettingsError("the demo did not come to an end", remedy="read the logs", path=home() / "demo")
        time.sleep(2.0)


def _is_evaluated(project: Project, key: str) -> bool:
    """Whether the rows of every stage are those of the bytes that the folder holds now."""
    try:
        probe = project.probe(key)
        for stage in stages_of(project.settings):
            stored = project.store.provenance(stage.table, probe.partition)
            if stored is None or stored.data_version != stage.provenance(probe).data_version:
                return False
    except SkillprobeError:
        return False
    return True


def _raise_for_failures(
    children: Mapping[str, subprocess.Popen[bytes]], instance: DagsterInstance, started_at: datetime
) -> None:
    for name, child in children.items():
        if child.poll() not in (None, 0):
            log = home() / "demo" / f"{name}.log"
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise SettingsError(
                f"the {name} process ended with status {child.poll()}:\n{tail}", remedy="mend that", path=log
            )
    for run in instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.FAILURE], created_after=started_at), limit=1):
        raise SettingsError(
            f"Dagster run {run.run_id} failed ({run.tags.get('dagster/partition', 'no partition')})",
            remedy="open the UI with `make ui` and look at the run",
        )


if __name__ == "__main__":
    sys.exit(main())
