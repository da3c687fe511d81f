"""A store with a settings file and a run folder that a test may change."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
import torch

REPOSITORY = Path(__file__).parents[2]
KINDS = 'kinds = ["column_sum", "array_address", "contradiction"]'
SETTINGS = """
settle_seconds = {settle_seconds}

[items]
levels = [1]
per_level = 1
{kinds}

[sampling]
max_new_tokens = 4

[compute]
device = "cpu"

[[runs]]
model = "{model}"
folder = "{run}"
base = "{base}"
method = "sft"
"""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@dataclass(frozen=True)
class Place:
    """Where the store, the base and the run folder of one test lie, and where checkpoints to copy from are."""

    home: Path
    base: Path
    run: Path
    source: Path

    def configure(self, *, model: str = "tiny", settle_seconds: float = 0.5) -> None:
        """Write the settings file: one run, `model`, in the run folder."""
        text = SETTINGS.format(kinds=KINDS, run=self.run, base=self.base, model=model, settle_seconds=settle_seconds)
        temporary = self.home / "skillprobe.toml.new"
        temporary.write_text(text)
        temporary.replace(self.home / "skillprobe.toml")

    def arrive(self, step: int) -> Path:
        """Copy a checkpoint into the run folder, its marker last, as a trainer would have written it."""
        source, target = self.source / f"checkpoint-{step}", self.run / f"checkpoint-{step}"
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("trainer_state.json"), dirs_exist_ok=True)
        (target / "trainer_state.json").write_bytes((source / "trainer_state.json").read_bytes())
        return target


@pytest.fixture
def place(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> Place:
    """A project with an empty run folder named `tiny`."""
    return new_place(tmp_path, tiny_base, tiny_run)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path, tiny_run: Path) -> Iterator[tuple[Place, str]]:
    """A real `skillprobe ui` (web server, daemon, code server) on a project of its own, and its address.

    It is started as a user starts it, in the folder that holds dagster.yaml, with no variable set that says where
    anything is; only more patience is asked for, in case the machine is busy.
    """
    root = tmp_path_factory.mktemp("served")
    place = new_place(root, tiny_base, tiny_run)
    (place.home / "skillprobe.toml").unlink()  # nothing is watched until a test says what
    with serving(root) as url:
        yield place, url


@contextmanager
def serving(root: Path, runs: int | None = None) -> Iterator[str]:
    """A real `skillprobe ui` on the project in a folder, with so many runs at a time; yields its address."""
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, root)
    if runs is not None:
        text = (root / "dagster.yaml").read_text()
        (root / "dagster.yaml").write_text(text.replace("max_concurrent_runs: 2", f"max_concurrent_runs: {runs}"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "SKILLPROBE"))}
    command = [sys.executable, "-W", "ignore", "-m", "skillprobe", "ui", "--port", str(port)]
    # Dagster stops on SIGTERM only where SIGINT is not ignored, as it is in a shell's background jobs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with (root / "dev.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=root,
            env=env | {"OMP_NUM_THREADS": "1", "DAGSTER_GRPC_TIMEOUT_SECONDS": "600"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    signal.signal(signal.SIGINT, before)
    try:
        deadline = time.monotonic() + 600
        while not _is_serving(port):
            assert server.poll() is None, (root / "dev.log").read_text()
            assert time.monotonic() < deadline, (root / "dev.log").read_text()
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def new_place(root: Path, base: Path, source: Path) -> Place:
    place = Place(home=root / ".skillprobe", base=root / "base", run=root / "run", source=source)
    shutil.copytree(base, place.base)
    place.run.mkdir()
    place.home.mkdir()
    place.configure()
    return place


def _is_serving(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False
