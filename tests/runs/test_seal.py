"""Seals: bytes decide where the states of files changed, and a swap that may have happened is reported."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.identity import Identity, identity, identity_by_bytes
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.seal import DisturbedError, Fingerprints, Seal


class Reads:
    """Counts how often a checkpoint's bytes were read."""

    def __init__(self) -> None:
        self.count = 0

    def seal(self, folder: Path) -> Seal:
        def read(files: ModelFiles) -> Identity:
            self.count += 1
            return identity_by_bytes(files)

        return Seal(ModelFiles.of(folder), identity, read)


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
def folder(tiny_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "run" / "checkpoint-10"))


@pytest.fixture
def other(tiny_run: Path) -> Path:
    return tiny_run / "checkpoint-20" / "model.safetensors"


def test_nothing_is_read_of_files_that_stayed_as_they_were(folder: Path, reads: Reads) -> None:
    seal = reads.seal(folder)
    for in_use in (True, False, True):
        seal.check(in_use=in_use)
    assert (reads.count, seal.identity) == (0, identity(folder))


def replaced(folder: Path, other: Path) -> None:
    shutil.copy(other, folder / "new")
    (folder / "new").replace(folder / "model.safetensors")


def rewritten(folder: Path, other: Path) -> None:
    (folder / "model.safetensors").write_bytes(other.read_bytes())


def rewritten_under_its_time(folder: Path, other: Path) -> None:
    status = (folder / "model.safetensors").stat()
    rewritten(folder, other)
    os.utime(folder / "model.safetensors", ns=(status.st_atime_ns, status.st_mtime_ns))


def reconfigured(folder: Path, other: Path) -> None:
    (folder / "config.json").write_text((folder / "config.json").read_text().replace("{", '{"rope_theta": 3.0,', 1))


def removed(folder: Path, other: Path) -> None:
    (folder / "model.safetensors").unlink()


def swapped_by_link(folder: Path, other: Path) -> None:
    folder.rename(folder.with_name("aside"))
    folder.symlink_to(other.parent)


CHANGES = [replaced, rewritten, rewritten_under_its_time, reconfigured, removed, swapped_by_link]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("in_use", [True, False])
def test_another_checkpoint_in_its_place_is_an_error(
    folder: Path, other: Path, reads: Reads, change: Callable[[Path, Path], None], *, in_use: bool
) -> None:
    seal = reads.seal(folder)
    change(folder, other)
    for _ in range(2):  # and stays one
        with pytest.raises(CheckpointError, match="was replaced while it was evaluated") as caught:
            seal.check(in_use=in_use)
        assert not isinstance(caught.value, DisturbedError)


def touched(folder: Path, aside: Path) -> None:
    os.utime(folder / "model.safetensors")


def renamed_and_back(folder: Path, aside: Path) -> None:
    (folder / "model.safetensors").rename(aside)
    aside.rename(folder / "model.safetensors")


def copied_and_back(folder: Path, aside: Path) -> None:
    file = folder / "model.safetensors"
    shutil.copy2(file, aside)
    file.write_bytes(b"other weights")
    shutil.copy2(aside, file)


def folder_moved_and_back(folder: Path, aside: Path) -> None:
    folder.rename(aside)
    aside.rename(folder)


@pytest.mark.parametrize("change", [touched, renamed_and_back, copied_and_back, folder_moved_and_back])
def test_the_same_bytes_that_may_have_been_others_for_a_time(
    folder: Path, tmp_path: Path, reads: Reads, change: Callable[[Path, Path], None]
) -> None:
    idle, used = reads.seal(folder), reads.seal(folder)
    change(folder, tmp_path / "aside")
    idle.check(in_use=False)
    with pytest.raises(DisturbedError, match="written again while it was evaluated"):
        used.check(in_use=True)
    used.check(in_use=True)  # the next stage starts from the files as they are now


def pinned(folder: Path, aside: Path) -> None:
    aside.hardlink_to(folder / "model.safetensors")


def written_next_to(folder: Path, aside: Path) -> None:
    (folder / "optimizer.pt").write_bytes(b"state")


@pytest.mark.parametrize("change", [pinned, written_next_to])
def test_hard_links_and_other_files_disturb_nothing(
    folder: Path, tmp_path: Path, reads: Reads, change: Callable[[Path, Path], None]
) -> None:
    seal = reads.seal(folder)
    change(folder, tmp_path / "aside")
    seal.check(in_use=True)
    assert reads.count == (change is pinned), "a file's own state changed, so its bytes decide"


def test_a_checkpoint_behind_a_link_that_is_set_elsewhere_and_back(
    folder: Path, tiny_run: Path, tmp_path: Path, reads: Reads
) -> None:
    link = tmp_path / "latest"
    link.symlink_to(folder)
    seal = reads.seal(link)
    link.unlink()
    link.symlink_to(tiny_run / "checkpoint-20")
    link.unlink()
    link.symlink_to(folder)
    with pytest.raises(DisturbedError):
        seal.check(in_use=True)


def test_an_adapters_base_belongs_to_it(tiny_base: Path, tmp_path: Path) -> None:
    base, adapter = Path(shutil.copytree(tiny_base, tmp_path / "base")), tmp_path / "adapter"
    adapter.mkdir()
    save_file({"base_model.model.lora_A.weight": torch.ones(2, 2)}, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 2}')
    files = ModelFiles.of(adapter, ModelFiles.of(base))
    paths = {each.path for each in Fingerprints.of(files).files}
    assert {base / "model.safetensors", files.weights / "adapter_model.safetensors"} <= paths
    seal = Seal(files, identity, identity_by_bytes)
    reconfigured(base, base)
    with pytest.raises(CheckpointError, match="was replaced"):
        seal.check(in_use=False)


def test_a_change_during_identification_is_an_error(folder: Path) -> None:
    def identify(files: ModelFiles) -> Identity:
        found = identity(files)
        os.utime(folder / "config.json")
        return found

    with pytest.raises(CheckpointError, match="changed while they were identified"):
        Seal(ModelFiles.of(folder), identify, identity_by_bytes)
