"""`python -m benchmarks`: runs all, names what is missing or failed, goes on, and says so in its exit status."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import benchmarks
from tests.benchmarks.copied_benchmarks import ROOT, copy_of_runner, run

MEASURED = '''"""Sorting compared with bubble sort."""
from ._figure import emit, row
emit(row("vs_bubble", unit="s", skillprobe=0.5, peer="bubble", peer_figure=2.0, ratio=4.0, threads=1, runs=3,
         versions={"bubble": "1.2"}))
emit(row("detail", unit="s", skillprobe=0.1, threads=1, runs=1, versions={}))
'''
WITHOUT_PEER = '''"""Searching compared with a peer that is not installed."""
from ._figure import emit_missing
from ._peer_process import PeerProcess
from .environments import MissingError
try:
    PeerProcess("broken", "broken_worker")
except MissingError as error:
    emit_missing("vs_broken", "broken", error)
'''
FAILING = '''"""A benchmark with a bug."""
raise RuntimeError("the results differ")
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = copy_of_runner(tmp_path)
    (folder / "benchmarks/peers/broken.txt").write_text("no-such-package==1.0\n")
    for name, source in (("apart", WITHOUT_PEER), ("measured", MEASURED)):
        (folder / f"benchmarks/{name}.py").write_text(source)
    return folder


def test_a_missing_peer_is_named_with_the_remedy_and_the_rest_goes_on(copy: Path) -> None:
    ended = run(copy, "benchmarks", "--json", "figures.jsonl")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert "apart  vs_broken  not measured: broken not installed; run `make bench-peers`" in lines
    found = next(line.split() for line in lines if line.startswith("measured"))
    assert found == ["measured", "vs_bubble", "s", "0.5", "bubble", "2", "4", "1", "bubble", "1.2"]
    rows = [json.loads(line) for line in (copy / "figures.jsonl").read_text().splitlines()]
    assert [row["name"] for row in rows] == ["vs_broken", "vs_bubble", "detail"]


def test_the_reason_of_a_failed_installation_is_in_the_table(copy: Path) -> None:
    (copy / ".bench").mkdir()
    (copy / ".bench/broken.failed").write_text("No matching distribution found for no-such-package==1.0")
    ended = run(copy, "benchmarks")
    assert ended.returncode == 0, ended.stderr
    named = next(line for line in ended.stdout.splitlines() if line.startswith("apart"))
    assert "broken could not be installed: No matching distribution found for no-such-package==1.0" in named


def test_a_benchmark_that_fails_is_named_the_rest_goes_on_and_the_status_is_1(copy: Path) -> None:
    (copy / "benchmarks/failing.py").write_text(FAILING)
    ended = run(copy, "benchmarks")
    assert ended.returncode == 1
    assert "failing  failed: exit status 1: RuntimeError: the results differ" in ended.stdout
    assert "vs_bubble" in ended.stdout
    assert "RuntimeError" in (copy / ".bench/logs/failing.log").read_text()


def test_one_benchmark_prints_its_lines_and_returns_its_status(copy: Path) -> None:
    ended = run(copy, "benchmarks", "measured")
    assert [json.loads(line)["name"] for line in ended.stdout.splitlines()] == ["vs_bubble", "detail"]
    (copy / "benchmarks/failing.py").write_text(FAILING)
    assert run(copy, "benchmarks", "failing").returncode == 1


def test_an_unknown_benchmark_is_refused_with_the_known_ones(copy: Path) -> None:
    ended = run(copy, "benchmarks", "mesured")
    assert ended.returncode == 2
    assert "use one of apart, measured" in ended.stderr


def test_help_lists_every_benchmark_with_one_line(copy: Path) -> None:
    text = run(copy, "benchmarks", "--help").stdout
    assert "  measured     Sorting compared with bubble sort.\n" in text
    assert "  apart        Searching compared with a peer that is not installed.\n" in text


def test_there_are_benchmarks_and_each_is_described() -> None:
    assert {"divergence", "generation", "items", "parameters", "statistics"} <= set(benchmarks())
    assert all(about.endswith(".") for about in benchmarks().values())


@pytest.mark.parametrize("name", sorted(benchmarks()))
def test_each_benchmark_starts_and_shows_its_options(name: str) -> None:
    command = [sys.executable, "-m", "benchmarks", name, "--help"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert f"usage: python -m benchmarks {name}" in ended.stdout
