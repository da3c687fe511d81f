"""Sharded checkpoints that two processes wrote with the real library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillprobe_core.machine.file_locks import locked


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory, tiny_run: Path) -> Path:
    """The folders of `write_shards.py`, with the trainers' own files; do not change them (copy them first)."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    out, done = shared / "shards", shared / "shards-written"
    with locked(shared / "shards.lock"):  # one worker writes them for all
        if not done.exists():
            _write(tiny_run, out)
            done.touch()
    return out


def _write(tiny_run: Path, out: Path) -> None:
    out.mkdir(exist_ok=True)
    program = Path(__file__).with_name("write_shards.py")
    ranks = [
        subprocess.Popen([sys.executable, program, str(rank), tiny_run / "checkpoint-10", out]) for rank in range(2)
    ]
    try:
        assert [rank.wait(300) for rank in ranks] == [0, 0]
    finally:
        for rank in ranks:
            rank.kill()
    (out / "fsdp/checkpoint-10/trainer_state.json").write_text(json.dumps({"global_step": 10}))
