"""Peers' environments: created once, and a peer that cannot be installed is named with the reason."""

import re
from pathlib import Path

import pytest

from benchmarks import environments
from tests.benchmarks.copied_benchmarks import ROOT, copy_of_runner, run

PINNED = re.compile(r"[A-Za-z0-9_.-]+(\[[a-z0-9_,]+\])?==[^*\s]+")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = copy_of_runner(tmp_path)
    (folder / "benchmarks/peers/sound.txt").write_text("# nothing to install\n")
    (folder / "benchmarks/peers/broken.txt").write_text("no-such-package==1.0\n")
    return folder


@pytest.mark.slow
def test_a_peer_that_cannot_be_installed_is_named_and_the_others_are_created(copy: Path) -> None:
    (copy / ".bench/models/smollm2").mkdir(parents=True)
    (copy / ".bench/models/smollm2/config.json").write_text("{}")
    ended = run(copy, "benchmarks.environments")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"\.bench/broken: not available: .*no-such-package==1\.0", ended.stdout)
    assert re.search(r"\.bench/sound: created", ended.stdout)
    assert "no-such-package" in (copy / ".bench/broken.failed").read_text()
    assert not (copy / ".bench/broken").exists()
    assert (copy / ".bench/sound/bin/python").exists()


@pytest.mark.slow
def test_an_environment_is_created_once_and_again_when_its_requirements_change(copy: Path) -> None:
    assert "created" in run(copy, "benchmarks.environments", "sound").stdout
    mark = copy / ".bench/sound/mark"
    mark.touch()
    assert run(copy, "benchmarks.environments", "sound").stdout == ".bench/sound: present\n"
    assert mark.exists()
    (copy / "benchmarks/peers/sound.txt").write_text("# still nothing\n")
    assert "created" in run(copy, "benchmarks.environments", "sound").stdout
    assert not mark.exists()


def test_an_unknown_name_is_refused_with_the_known_ones(copy: Path) -> None:
    ended = run(copy, "benchmarks.environments", "sond")
    assert ended.returncode == 2
    assert "use broken, sound" in ended.stderr


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("WARNING: slow\nERROR: Could not find it\nERROR: No matching distribution found for x==1\n\n[notice] new pip",
         "No matching distribution found for x==1"),
        ("Traceback\nOSError: no space left on device\nWARNING: retrying", "OSError: no space left on device"),
        ("", "no message"),
    ],
)  # fmt: skip
def test_the_reason_is_the_last_error_of_the_log(log: str, reason: str) -> None:
    assert environments._reason(log) == reason


@pytest.mark.parametrize("name", sorted(environments.environments()))
def test_peers_are_pinned_and_run_on_the_versions_of_skillprobe(name: str) -> None:
    constraints = dict(line.lower().split("==") for line in (ROOT / "constraints.txt").read_text().splitlines()[1:])
    lines = environments.environments()[name].requirements.read_text().splitlines()
    requirements = [line for line in lines if not line.startswith(("#", "-c "))]
    assert requirements
    for line in requirements:
        assert PINNED.fullmatch(line), line
        package, version = re.sub(r"\[.*\]", "", line.lower()).split("==")
        assert constraints.get(package, version) == version
    assert ("-c ../../constraints.txt" in lines) is (name != "vllm")
