"""The wheel contains everything: installed elsewhere, it evaluates a checkpoint without the repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PACKAGES = ("skillprobe", "skillprobe_core", "skillprobe_dagster")
SETTINGS = '[items]\nlevels = [1]\nper_level = 1\nkinds = ["column_sum"]\n[sampling]\nmax_new_tokens = 2\n'
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SKILLPROBE", "DAGSTER"))}


def run(*command: object, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=folder, env=CLEAN | variables, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    built = run(
        sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", out, source, folder=source
    )
    assert built.returncode == 0, built.stderr
    (found,) = out.glob("*.whl")
    return found


def environment(folder: Path) -> Path:
    """A new environment's interpreter."""
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def test_it_evaluates_a_checkpoint_without_the_repository(
    wheel: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    python = environment(tmp_path / "env")
    installed = run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, folder=tmp_path)
    assert installed.returncode == 0, installed.stderr
    # The other packages are those of this environment; its editable installation of skillprobe is not followed.
    (own,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    (own / "others.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
    places = f"import {', '.join(PACKAGES)}; print(*(each.__file__ for each in ({', '.join(PACKAGES)})))"
    shown = run(python, "-c", places, folder=tmp_path).stdout.split()
    assert len(shown) == len(PACKAGES)
    assert all(Path(place).is_relative_to(own) for place in shown)

    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "skillprobe.toml").write_text(SETTINGS)
    program = python.with_name("skillprobe")
    home = {"SKILLPROBE_HOME": str(tmp_path / "store")}
    probed = run(program, "probe", tiny_run / "checkpoint-10", "--base", tiny_base, folder=tmp_path, **home)
    assert probed.returncode == 0, probed.stderr
    counted = run(program, "sql", "SELECT count(*) AS n FROM verdicts", "-f", "csv", folder=tmp_path, **home)
    assert counted.stdout.split() == ["n", "2"], counted.stderr
    written = run(program, "report", "--out", tmp_path / "report.html", folder=tmp_path, **home)
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "report.html").stat().st_size > 10_000
    listed = run(python, "-c", "from skillprobe_dagster.definitions import defs; print(defs)", folder=tmp_path, **home)
    assert listed.returncode == 0, listed.stderr


def test_the_locked_packages_are_enough_to_read_a_store(wheel: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    lock = ROOT / "requirements-reading.lock"
    done = run(python, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", lock, folder=tmp_path)
    if "NewConnectionError" in done.stderr or "No matching distribution" in done.stderr:
        pytest.skip("no package registry can be reached")
    assert done.returncode == 0, done.stderr
    assert run(python, "-m", "pip", "install", "--no-deps", "--no-index", wheel, folder=tmp_path).returncode == 0
    checked = run(python, "-m", "pip", "check", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout
    shown = run(python.with_name("skillprobe"), "sql", "SELECT 41 + 1 AS n", "-f", "csv", folder=tmp_path)
    assert shown.stdout.split() == ["n", "42"], shown.stderr
