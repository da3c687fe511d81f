"""Headers of safetensors files: those of the library are read, all others are refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

from skillprobe_core.runs.bounded_files import RefusedFile
from skillprobe_core.runs.tensor_headers import read_tensor_header
from tests.hostile_files import FILES


def write(file: Path, header: bytes, data: bytes = b"") -> Path:
    file.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return file


def test_a_header_of_the_library_is_read_in_the_order_of_the_data(tmp_path: Path) -> None:
    tensors = {"b": np.zeros((2, 3), np.float32), "a": np.zeros((), np.int8), "c": np.zeros((0, 5), np.float64)}
    save_file(tensors, tmp_path / "x.safetensors", {"format": "pt"})
    header = read_tensor_header(tmp_path / "x.safetensors")
    assert {each.name: each.shape for each in header.tensors} == {"a": (), "b": (2, 3), "c": (0, 5)}
    assert [each.start for each in header.tensors] == sorted(each.start for each in header.tensors)
    assert header.metadata == {"format": "pt"}
    assert header.data_start + max(each.stop for each in header.tensors) == header.size


NUMBERS = st.integers(-5, 5) | st.floats() | st.booleans() | st.text(max_size=2) | st.just(10**30) | st.none()
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "dtype": st.sampled_from(["F32", "BF16", "?"]) | NUMBERS,
        "shape": st.lists(NUMBERS, max_size=4) | NUMBERS,
        "data_offsets": st.lists(NUMBERS, max_size=3) | NUMBERS,
    },
)


@settings(max_examples=50)
@given(header=st.dictionaries(st.text("ab._", max_size=5), ENTRIES | NUMBERS, max_size=3) | ENTRIES | NUMBERS)
def test_any_header_is_read_as_whole_numbers_or_refused(
    header: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = write(tmp_path_factory.getbasetemp() / "any.safetensors", json.dumps(header).encode(), b"1234")
    try:
        found = read_tensor_header(file)
    except RefusedFile:
        return
    for each in found.tensors:
        assert all(type(size) is int and size >= 0 for size in (*each.shape, each.start, each.stop))


def test_hostile_headers_are_refused_and_tensors_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, spoil in FILES.items():
        if name.startswith("header") and "without" not in name and "alone" not in name and "odd" not in name:
            spoil(tmp_path)
            with pytest.raises(RefusedFile):
                read_tensor_header(tmp_path / "model.safetensors")
    monkeypatch.setattr("skillprobe_core.runs.tensor_headers.MOST_TENSORS", 2)
    entries = {name: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for name in "abc"}
    with pytest.raises(RefusedFile, match="3 tensors, more than 2"):
        read_tensor_header(write(tmp_path / "x.safetensors", json.dumps(entries).encode()))
