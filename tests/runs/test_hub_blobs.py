"""Names of blobs in a Hugging Face cache, laid out as huggingface_hub lays them out."""

import hashlib
from pathlib import Path

import pytest

from skillprobe_core.runs.hub_blobs import blob_digest
from skillprobe_core.runs.identity import contents, identity, read_again


@pytest.fixture
def snapshot(tiny_base, tmp_path):
    """`tiny_base` as a snapshot: the weights as an LFS blob, named by its SHA-256, every other file by 40 digits."""
    repository = tmp_path / "hub" / "models--org--name"
    snapshot, blobs = repository / "snapshots" / ("c" * 40), repository / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for file in tiny_base.iterdir():
        data = file.read_bytes()
        name = hashlib.sha256(data).hexdigest() if file.suffix == ".safetensors" else hashlib.sha1(data).hexdigest()
        (blobs / name).write_bytes(data)
        (snapshot / file.name).symlink_to(f"../../blobs/{name}")
    return snapshot


def test_only_a_large_files_blob_is_named_by_its_sha256(snapshot):
    weights = snapshot / "model.safetensors"
    assert blob_digest(weights) == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert blob_digest(snapshot / "config.json") is None
    assert blob_digest(weights.resolve()) is None, "a blob by itself may lie in any folder"


def test_a_blob_that_repositories_share_counts_by_its_name_in_the_repository(snapshot, tmp_path):
    weights = snapshot / "model.safetensors"
    blob = weights.resolve()
    shared = tmp_path / "hub" / "blobs" / "ab" / ("ab" * 32)
    shared.parent.mkdir(parents=True)
    blob.rename(shared)
    blob.symlink_to(shared)
    assert blob_digest(weights) == blob.name


@pytest.mark.parametrize("place", ["blobs", "elsewhere/blobs"])
def test_a_link_to_such_a_name_outside_of_a_cache_is_not_trusted(tmp_path, place):
    target = tmp_path / place / ("a" * 64)
    target.parent.mkdir(parents=True)
    target.write_bytes(b"")
    (tmp_path / "model.safetensors").symlink_to(target)
    assert blob_digest(tmp_path / "model.safetensors") is None


def test_a_folder_of_links_to_a_snapshot_and_a_circle_of_links(snapshot, tmp_path, monkeypatch):
    link = tmp_path / "model.safetensors"
    link.symlink_to(snapshot / "model.safetensors")
    assert blob_digest(link) == (snapshot / "model.safetensors").resolve().name
    (tmp_path / "named").symlink_to(snapshot)
    assert blob_digest(tmp_path / "named" / "model.safetensors") == blob_digest(link)
    monkeypatch.chdir(snapshot)
    assert blob_digest(Path("model.safetensors")) == blob_digest(link)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    assert blob_digest(tmp_path / "circle") is None


def test_the_identity_of_a_snapshot_is_that_of_the_files_and_reads_no_weights(snapshot, tiny_base):
    assert identity(snapshot) == identity(tiny_base)
    assert contents(snapshot) == contents(tiny_base)
    blob = (snapshot / "model.safetensors").resolve()
    data = bytearray(blob.read_bytes())
    data[-1] ^= 1
    blob.write_bytes(data)
    assert identity(snapshot) == identity(tiny_base), "the name is trusted"
    assert read_again(snapshot)[1].identity != identity(tiny_base), "unless the bytes are asked for"
