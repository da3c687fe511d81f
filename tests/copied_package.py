"""A copy of the package with an addition to one file, to check that one declaration is enough."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run_with_addition(folder: Path, file: str, addition: str, function: str) -> None:
    """Append `addition` to `file` of a copy of skillprobe_core in `folder`, and call `function` (MODULE:NAME) there.

    The function belongs to the tests and gets `folder`; an assertion that fails in it fails the caller's test.
    """
    copy = folder / "package" / "skillprobe_core"
    shutil.copytree(ROOT / "skillprobe_core", copy, ignore=shutil.ignore_patterns("__pycache__", "base_model"))
    with (copy / file).open("a") as opened:
        opened.write(addition)
    module, name = function.split(":")
    program = f"import sys, pathlib; from {module} import {name}; {name}(pathlib.Path(sys.argv[1]))"
    paths = os.pathsep.join([str(copy.parent), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
