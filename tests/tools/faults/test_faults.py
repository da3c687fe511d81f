"""A sample of the fault injection: a few kills, disks, limits, missing permissions, damages and dropped connections."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.faults.suites import SUITES

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.parametrize("suite", [name for name in SUITES if name != "damaged file"])
def test_nothing_is_lost_and_the_next_run_completes(suite: str) -> None:
    command = [sys.executable, "-m", "tools.faults", "--only", suite, "--every", "40", "--times", "10"]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"| {suite} |" in ended.stdout
