"""Hub ids are found in the cache that huggingface_hub itself would look in."""

import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import snapshot_download

from skillprobe_core.runs.hub_ids import cached_snapshot, hub_cache, in_hub_cache, is_hub_id

COMMIT, OTHER = "a" * 40, "b" * 40


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with two revisions of one model, as huggingface_hub lays it out."""
    model = tmp_path / "hub" / "models--org--tiny.1"
    for commit in (COMMIT, OTHER):
        (model / "snapshots" / commit).mkdir(parents=True)
        (model / "snapshots" / commit / "config.json").write_text("{}")
    (model / "refs" / "pr").mkdir(parents=True)
    (model / "refs" / "main").write_text(COMMIT)
    (model / "refs" / "pr" / "7").write_text(OTHER)
    return tmp_path / "hub"


@pytest.mark.parametrize("revision", [None, COMMIT, OTHER, "pr/7"])
def test_the_snapshot_is_the_one_that_huggingface_hub_gives(cache: Path, revision: str | None) -> None:
    expected = snapshot_download("org/tiny.1", revision=revision, cache_dir=cache, local_files_only=True)
    name = "org/tiny.1" if revision is None else f"org/tiny.1@{revision}"
    assert cached_snapshot(name, {"HF_HUB_CACHE": str(cache)}) == Path(expected)


@pytest.mark.parametrize("name", ["org/other", "org/tiny.1@none", "tiny.1", "a/b/c", "../hub", "org/..", "", "org/"])
def test_other_names_are_not_found(cache: Path, name: str) -> None:
    assert cached_snapshot(name, {"HF_HUB_CACHE": str(cache)}) is None


@pytest.mark.parametrize(
    "variables",
    [
        {"HF_HUB_CACHE": "/one"},
        {"HF_HOME": "/two"},
        {"XDG_CACHE_HOME": "/three"},
        {"HF_HOME": "~/four", "XDG_CACHE_HOME": "/no"},
        {},
    ],
)
def test_the_cache_is_where_huggingface_hub_has_it(variables: dict[str, str]) -> None:
    program = "from huggingface_hub.constants import HF_HUB_CACHE; print(HF_HUB_CACHE)"
    environment = {"HOME": "/home/somebody", "PATH": "/usr/bin", **variables}
    shown = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    own = subprocess.run(
        [sys.executable, "-c", "from skillprobe_core.runs.hub_ids import hub_cache; print(hub_cache())"],
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert own == shown


def test_a_folder_that_exists_comes_before_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    assert hub_cache() == cache
    assert in_hub_cache(Path("org/tiny.1")) == cache / "models--org--tiny.1" / "snapshots" / COMMIT
    (tmp_path / "org" / "tiny.1").mkdir(parents=True)
    assert in_hub_cache(Path("org/tiny.1")) == Path("org/tiny.1")
    assert in_hub_cache(Path("org/none")) == Path("org/none")
    assert is_hub_id("org/none")
    assert not is_hub_id("/org/none")
