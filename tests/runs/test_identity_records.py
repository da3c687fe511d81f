"""Records of checkpoints that were read: trusted while every file keeps its state, and for nothing else."""

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.model_validation import all_finite
from skillprobe_core.runs import weight_bytes
from skillprobe_core.runs.identity import contents, identity
from skillprobe_core.runs.identity_records import IdentityRecords
from skillprobe_core.runs.model_files import ModelFiles


def settle(folder):
    """Make every file an hour old, since files of the last two seconds are not recorded."""
    hour_ago = time.time() - 3600
    for file in folder.iterdir():
        os.utime(file, (hour_ago, hour_ago))


@pytest.fixture
def folder(tiny_base, tmp_path):
    shutil.copytree(tiny_base, tmp_path / "model")
    settle(tmp_path / "model")
    return tmp_path / "model"


@pytest.fixture
def records(tmp_path):
    return IdentityRecords(tmp_path / "records")


@pytest.fixture
def reads(monkeypatch):
    """The weight files that are read, one entry for each read."""
    files, real = [], weight_bytes._read
    monkeypatch.setattr(weight_bytes, "_read", lambda file, *more: files.append(file.name) or real(file, *more))
    return files


def test_one_read_serves_digest_tensors_and_finiteness_of_later_processes(folder, records, reads):
    found = identity(folder, records)
    assert reads == ["model.safetensors"]
    later = IdentityRecords(records.folder)
    assert identity(folder, later) == found == identity(folder)
    assert contents(folder, later) == contents(folder)
    all_finite(folder, later)
    assert reads == ["model.safetensors"] * 2, "once with records, and once for the comparison without"


def test_the_error_for_weights_that_are_not_finite_is_the_same_from_a_record(folder, records):
    tensors = load_file(folder / "model.safetensors")
    tensors["model.norm.weight"][3] = torch.inf
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    settle(folder)
    identity(folder, records)
    with pytest.raises(CheckpointError) as plain:
        all_finite(folder)
    for _ in range(2):
        with pytest.raises(CheckpointError) as caught:
            all_finite(folder, records)
        assert str(caught.value) == str(plain.value)
    assert "'model.norm.weight' holds infinite weights" in str(plain.value)


@pytest.mark.parametrize("change", ["size", "time", "inode", "another file"])
def test_any_other_state_of_a_file_is_read_again(folder, records, reads, change):
    identity(folder, records)
    file = folder / "model.safetensors"
    status = file.stat()
    if change == "size":
        (folder / "tokenizer_config.json").write_text((folder / "tokenizer_config.json").read_text() + "\n")
        settle(folder)
    elif change == "time":
        os.utime(file, ns=(0, status.st_mtime_ns + 1))
    elif change == "inode":
        shutil.copy2(file, folder / "copy")
        (folder / "copy").replace(file)
    else:
        (folder / "chat_template.jinja").write_text("{{ messages }}")
        settle(folder)
    identity(folder, records)
    assert len(reads) == 2


def test_files_of_the_last_two_seconds_are_not_recorded(folder, records, reads):
    os.utime(folder / "config.json")
    identity(folder, records)
    identity(folder, records)
    assert len(reads) == 2
    assert list(records.all()) == []


def test_a_damaged_record_counts_as_none(folder, records, reads):
    identity(folder, records)
    (file,) = records.folder.glob("*.json")
    text = file.read_text()
    for damaged in ("", text[: len(text) // 2], "[]", "{}", text.replace('"version": 1', '"version": 0')):
        file.write_text(damaged)
        identity(folder, records)
    assert len(reads) == 6
    assert file.read_text() == text


def test_a_record_is_of_its_machine_and_place(folder, records, reads, tmp_path):
    identity(folder, records)
    identity(folder, IdentityRecords(records.folder, "another machine"))
    shutil.copytree(folder, tmp_path / "copy")
    identity(tmp_path / "copy", records)
    assert len(reads) == 3
    (tmp_path / "link").symlink_to(folder)
    identity(tmp_path / "link", records)
    assert len(reads) == 3, "a link to the folder is the same place"
    assert sorted(record.files.path for record in records.all()) == [tmp_path / "copy", folder]


def test_writers_at_once_leave_one_complete_record(folder, records):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: identity(folder, IdentityRecords(records.folder)), range(24)))
    assert found == {identity(folder)}
    assert [file.suffix for file in records.folder.iterdir()] == [".json"]
    assert records.find(ModelFiles.of(folder)).identity == identity(folder)


def test_a_dropped_record_and_a_folder_that_cannot_be_written(folder, records, tmp_path):
    identity(folder, records)
    records.drop(ModelFiles.of(folder))
    assert records.find(ModelFiles.of(folder)) is None
    (tmp_path / "file").write_text("")
    assert identity(folder, IdentityRecords(tmp_path / "file")) == identity(folder)


def test_an_adapter_and_its_base_have_records_of_their_own(folder, records, tmp_path):
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    save_file({"base_model.model.model.norm.lora_A.weight": torch.ones(1)}, adapter / "adapter_model.safetensors")
    (adapter / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 1}')
    settle(adapter)
    files = ModelFiles.of(adapter, ModelFiles.of(folder))
    found = identity(files, records)
    assert [record.files for record in records.all()] == [replace(files, base=None), ModelFiles.of(folder)]
    change = (folder / "config.json").read_text().replace("{", '{"rope_theta": 7.0,', 1)
    (folder / "config.json").write_text(change)
    assert identity(files, records).digest != found.digest, "the base is not part of the adapter's record"
