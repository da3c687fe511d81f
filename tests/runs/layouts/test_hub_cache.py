"""A hub cache, written by huggingface_hub itself from a server on this machine, or by hand for earlier releases."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.hub_blobs import blob_digest
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.layouts.hub_cache import LAYOUT, REVISION, STALLED_SECONDS
from skillprobe_core.runs.nested_runs import runs_in

from .hub_server import REPOSITORY, Hub, served
from .trainers import aged

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def repository(tmp_path: Path, tiny_base: Path) -> Path:
    """One commit with two names, its files linked to blobs."""
    root = tmp_path / "models--org--name"
    snapshot = root / "snapshots" / COMMIT
    for folder in (snapshot, root / "blobs", root / "refs"):
        folder.mkdir(parents=True)
    for number, file in enumerate(sorted(tiny_base.iterdir())):
        blob = root / "blobs" / f"{number:064x}"
        blob.write_bytes(file.read_bytes())
        aged(blob, 3600)
        (snapshot / file.name).symlink_to(f"../../blobs/{blob.name}")
    for name in ("main", "step1000-tokens5B", "step2000"):
        (root / "refs" / name).write_text(COMMIT)
    return root


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("step1000", "1000"), ("step1000-tokens5B", "1000"), ("global_step200", "200"), ("checkpoint-40", "40"),
        ("step_7", "7"), ("main", None), ("v1.0", None), ("steps", None), ("footstep5", None),
    ],
)  # fmt: skip
def test_a_revision_is_a_step_by_its_name(name: str, step: str | None) -> None:
    match = REVISION.fullmatch(name)
    assert (match and match["step"]) == step


def test_revisions_that_are_steps_are_checkpoints_whose_digests_are_known(repository: Path) -> None:
    (repository / "refs" / "step3000").write_text("f" * 40)  # not downloaded
    (repository / "refs" / "step4000").mkdir()
    found = discover(repository, "m", "sft")
    assert [(each.checkpoint.step, each.ready, each.layout) for each in found] == [
        (1000, True, "hub_cache"),
        (2000, True, "hub_cache"),
    ]
    assert blob_digest(found[0].checkpoint.path / "model.safetensors") is not None


def test_a_download_without_a_list_is_waited_for_until_its_file_stops_to_change(repository: Path) -> None:
    partial = repository / "blobs" / f"{'a' * 64}.1f2e3d4c.incomplete"
    partial.touch()
    waiting = discover(repository, "m", "sft", settle_seconds=0)
    assert all("is being downloaded" in (each.waiting_for or "") and not each.settled for each in waiting)
    aged(partial, 2 * STALLED_SECONDS)
    assert all(each.ready for each in discover(repository, "m", "sft"))


def test_only_the_folder_of_a_repository_is_read(repository: Path) -> None:
    assert list(LAYOUT.find(repository.rename(repository.with_name("other")))) == []


STEPS = (10, 20)


@pytest.fixture
def hub(tmp_path: Path, tiny_run: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Two checkpoints as branches of a repository, and requests to it allowed."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    folders = {f"step{step}": tmp_path / "remote" / f"step{step}" for step in STEPS}
    for step, folder in zip(STEPS, folders.values(), strict=True):
        shutil.copytree(tiny_run / f"checkpoint-{step}", folder)
        (folder / "trainer_state.json").unlink()
    with served(folders) as server:
        yield server


def download(hub: Hub, cache: Path, revision: str, **choice: list[str]) -> Path:
    """The cache's folder of the repository, after huggingface_hub's own download."""
    from huggingface_hub import snapshot_download

    snapshot_download(REPOSITORY, revision=revision, cache_dir=cache, endpoint=hub.endpoint, token=False, **choice)
    return cache / f"models--{REPOSITORY.replace('/', '--')}"


@pytest.mark.parametrize("links", [True, False], ids=["links", "copies"])
def test_downloaded_revisions_are_the_checkpoints_that_were_uploaded(
    hub: Hub, tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS", not links)
    for revision in hub.revisions:
        root = download(hub, tmp_path / "cache", revision)
    found = discover(root, "m", "sft")
    assert [(each.checkpoint.step, each.ready, each.layout) for each in found] == [
        (step, True, "hub_cache") for step in STEPS
    ]
    for each, uploaded in zip(found, hub.revisions.values(), strict=True):
        weights = each.checkpoint.path / "model.safetensors"
        digest = hashlib.sha256((uploaded / weights.name).read_bytes()).hexdigest()
        assert blob_digest(weights) == (digest if links else None)
        assert identity(each.checkpoint.path) == identity(uploaded)


def test_a_folder_of_caches_is_searched(hub: Hub, tmp_path: Path) -> None:
    root = download(hub, tmp_path / "cache", "step10")
    (run,) = runs_in(tmp_path / "cache")
    assert run.folder == root


def test_a_branch_that_moves_is_another_version_of_its_step(hub: Hub, tmp_path: Path) -> None:
    (before,) = discover(download(hub, tmp_path, "step10"), "m", "sft")
    hub.revisions["step10"] = hub.revisions["step20"]
    (after,) = discover(download(hub, tmp_path, "step10"), "m", "sft")
    assert after.ready
    assert after.checkpoint.step == before.checkpoint.step
    assert identity(after.checkpoint.path) != identity(before.checkpoint.path)


def test_a_commit_of_which_only_some_files_were_chosen_is_not_complete(hub: Hub, tmp_path: Path) -> None:
    root = download(hub, tmp_path, "step10", allow_patterns=["config.json", "*.safetensors"])
    (found,) = discover(root, "m", "sft", settle_seconds=0)
    assert not found.ready
    assert not found.settled
    assert "is not downloaded" in (found.waiting_for or "")
    download(hub, tmp_path, "step10", ignore_patterns=["*.bin"])
    assert [each.ready for each in discover(root, "m", "sft")] == [True]


def test_a_list_that_is_damaged_counts_as_none(hub: Hub, tmp_path: Path) -> None:
    root = download(hub, tmp_path, "step10")
    (listing,) = (root / "trees").iterdir()
    for text in ("", "[]", json.dumps({"files": {"config.json": {"size": []}}}), json.dumps({"files": None})):
        listing.write_text(text)
        assert [each.ready for each in discover(root, "m", "sft", settle_seconds=0)] == [True]


DOWNLOAD = "import sys; from huggingface_hub import snapshot_download as load; load(sys.argv[1], revision=sys.argv[2])"


@pytest.mark.parametrize("stalls", ["model.safetensors", "tokenizer.json"])
def test_a_download_that_is_killed_leaves_nothing_that_is_read(hub: Hub, tmp_path: Path, stalls: str) -> None:
    cache = tmp_path / "cache"
    root = download(hub, cache, "step10")
    hub.stalls = stalls
    stalling = hub.revisions["step20"] / stalls
    if stalls == "tokenizer.json":  # other bytes than the first revision's, which need no download
        stalling.write_text(stalling.read_text() + "\n")
    environment = os.environ | {
        "HF_HUB_CACHE": str(cache), "HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-c", DOWNLOAD, REPOSITORY, "step20"], env=environment)
    try:
        assert hub.halfway.wait(60)
        seen = ready_steps(root)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    assert list((root / "blobs").glob("*.incomplete"))
    assert seen == ready_steps(root) == [10]
    hub.stalls = ""
    hub.resume.set()
    download(hub, cache, "step20")
    assert list((root / "blobs").glob("*.incomplete")), "the library leaves it"
    assert ready_steps(root) == [10, 20]


def ready_steps(root: Path) -> list[int]:
    """The steps that are taken, also of files that have been quiet for long."""
    found = discover(root, "m", "sft", settle_seconds=0)
    return [each.checkpoint.step for each in found if each.ready or each.settled]
