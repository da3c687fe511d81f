"""Sharded checkpoints that two processes wrote with the real library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory, tiny_run: Path) -> Path:
    """The folders of `write_shards.py`, with the trainers' own files; do not change them (copy them first)."""
    out = tmp_path_factory.mktemp("shards")
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
    return out
