"""A hub cache as huggingface_hub lays it out: revisions named after steps, digests from names of blobs."""

from pathlib import Path

import pytest

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.hub_blobs import blob_digest
from skillprobe_core.runs.layouts.hub_cache import LAYOUT, REVISION

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


def test_a_running_download_is_waited_for(repository: Path) -> None:
    partial = repository / "blobs" / f"{'a' * 64}.1f2e3d4c.incomplete"
    partial.touch()
    assert all("is being downloaded" in (each.waiting_for or "") for each in discover(repository, "m", "sft"))
    partial.unlink()
    assert all(each.ready for each in discover(repository, "m", "sft"))


def test_only_the_folder_of_a_repository_is_read(repository: Path) -> None:
    assert list(LAYOUT.find(repository.rename(repository.with_name("other")))) == []
