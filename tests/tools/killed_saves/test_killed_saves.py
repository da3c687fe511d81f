"""Saves by the real libraries, killed at random points: what is taken is complete."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def rows(base: Path, *options: str) -> dict[str, list[int]]:
    # A process of its own: it forks, and this one has threads.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tools.killed_saves", str(base), *options]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines()[2:]]
    return {name: list(map(int, numbers)) for name, *numbers in cells}


def test_a_few_kills_of_distributed_checkpoints(tiny_base: Path) -> None:
    kills, complete, settled, unfinished, partial = rows(tiny_base, "--kills", "4", "--only", "dcp")["dcp"]
    assert (kills, partial) == (4, 0)
    assert complete + settled + unfinished


@pytest.mark.slow
def test_kills_of_all_libraries(tiny_base: Path) -> None:
    found = rows(tiny_base, "--kills", "50")
    assert set(found) == {"hf_trainer", "peft", "dcp"}
    for kills, complete, settled, unfinished, partial in found.values():
        assert (kills, partial) == (50, 0)
        assert complete
        assert settled + unfinished


def test_a_damaged_checkpoint_is_reported(tiny_run: Path, tmp_path: Path) -> None:
    from tools.killed_saves.kills import left

    (tmp_path / "run").symlink_to(tiny_run)
    found = left(tmp_path / "run")
    assert (found.complete, len(found.partial)) == (2, 2)
    assert "tensors differ" in found.partial[0]
