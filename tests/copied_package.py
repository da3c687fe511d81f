"""A copy of the packages with an addition, to check that one declaration is enough."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def copy_of_packages(folder: Path) -> Path:
    """A folder with copies of both packages, which a test may add to."""
    for package in ("skillprobe_core", "skillprobe_dagster"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "base_model"))
    return folder


def run(packages: Path, program: str, *arguments: object) -> str:
    """The output of a program that uses the copied packages; an error in it fails the test."""
    paths = os.pathsep.join([str(packages), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=packages,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_with_addition(folder: Path, file: str, addition: str, function: str) -> None:
    """Write `addition` to a new `file` of a copy of skillprobe_core, and call `function` (MODULE:NAME) with that copy.

    The function belongs to the tests and gets `folder`; an assertion that fails in it fails the caller's test.
    """
    packages = copy_of_packages(folder / "package")
    with (packages / "skillprobe_core" / file).open("x") as opened:
        opened.write(addition)
    module, name = function.split(":")
    run(packages, f"import sys, pathlib; from {module} import {name}; {name}(pathlib.Path(sys.argv[1]))", folder)
