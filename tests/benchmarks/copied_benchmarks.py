"""A copy of the runner with other benchmarks and peers, and its commands run there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
RUNNER = ("__init__.py", "__main__.py", "_figure.py", "_peer_process.py", "_table.py", "environments.py")


def copy_of_runner(folder: Path) -> Path:
    """`folder` with the runner but without benchmarks, and without requirement files of peers."""
    package = folder / "benchmarks"
    (package / "peers").mkdir(parents=True)
    for name in RUNNER:
        shutil.copy(ROOT / "benchmarks" / name, package / name)
    for name in ("__init__.py", "worker.py"):
        shutil.copy(ROOT / "benchmarks" / "peers" / name, package / "peers" / name)
    shutil.copy(ROOT / "constraints.txt", folder)
    return folder


def run(folder: Path, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m MODULE` in the copy."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
