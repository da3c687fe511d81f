"""Pickles as data: real metadata is read, and nothing that a pickle names is ever called."""

import builtins
import collections
import os
import pickle
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.sharded import inert_pickle
from skillprobe_core.runs.sharded.inert_pickle import Name, Record, RefusedPickle, read_pickle

KNOWN = {
    ("collections", "OrderedDict"): Name("OrderedDict", lambda *_: {}),
    ("collections", "Counter"): Name("Counter"),
}
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**100), 2**100) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner, inner, inner),
    max_leaves=20,
)


@given(PLAIN, st.sampled_from([2, 3, 4, 5]))
def test_plain_data_is_read_as_pickle_reads_it(data: object, protocol: int) -> None:
    assert read_pickle(pickle.dumps(data, protocol), {}) == data


class Calls:
    """An object whose pickle calls a function."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "posix.system"),
        (builtins.eval, "builtins.eval"),
        (builtins.getattr, "builtins.getattr"),
        (builtins.__import__, "builtins.__import__"),
        (subprocess.Popen, "subprocess.Popen"),
        (pickle.loads, "_pickle.loads"),
        (os.path.join, "posixpath.join"),
    ],
)
def test_a_call_is_refused_by_name_and_not_made(
    function: Callable[..., object], name: str, protocol: int, tmp_path: Path
) -> None:
    victim = tmp_path / "made"
    data = pickle.dumps({"a": [Calls(function, f"touch {victim}")]}, protocol)
    with pytest.raises(RefusedPickle) as caught:
        read_pickle(data, KNOWN)
    if protocol > 1:
        assert str(caught.value).removeprefix("it asks for ").rpartition(".")[2] == name.rpartition(".")[2]
    assert not victim.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"cposix\nsystem\n(S'true'\ntR.",
        b"(S'true'\niposix\nsystem\n.",
        b"(cposix\nsystem\nS'true'\no.",
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
        b"\x80\x04\x8c\x0bcollections\x8c\x16OrderedDict.__class__\x93.",
        b"\x80\x04\x82\x01.",
        b"\x80\x04Pid\n.",
        b"\x80\x04\x8c\x02idQ.",
        b"\x80\x05\x97.",
    ],
    ids=["global", "inst", "obj", "stack_global", "dotted", "extension", "persid", "binpersid", "buffer"],
)
def test_every_way_to_name_something_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedPickle):
        read_pickle(data, KNOWN)


def test_a_known_class_becomes_a_record_and_is_not_imported() -> None:
    data = pickle.dumps(collections.Counter, 4)[:-1] + b")\x81}\x8c\x01a" + b"K\x01sb."
    found = read_pickle(data, KNOWN)
    assert isinstance(found, Record)
    assert (found.name, found.state) == ("Counter", {"a": 1})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "BINBYTES8"),
        (b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", "truncated"),
        (b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f.", "BYTEARRAY8"),
        (b"\x80\x04\x8b\xff\xff\xff\x7f.", "LONG4"),
        (b"\x80\x04\x8a\xff" + bytes(255) + b".", "an integer of 255 bytes"),
        (b"\x80\x04}" + b")" + b"\x85" * 200_000 + b"K\x01s.", "a key of type tuple"),
    ],
)
def test_what_would_take_memory_or_the_stack_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(RefusedPickle, match=says):
        read_pickle(data, KNOWN)


def test_a_large_number_in_the_memo_takes_no_memory() -> None:
    assert read_pickle(b"\x80\x04](K\x07r\xff\xff\xff\xffe.", KNOWN) == [7]


def test_doubling_lists_stay_as_small_as_their_pickle() -> None:
    bomb: list[object] = []
    for _ in range(60):
        bomb = [bomb, bomb]
    found = read_pickle(pickle.dumps(bomb), KNOWN)
    assert isinstance(found, list)
    assert found[0] is found[1]


def test_size_and_steps_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(list(range(300)))
    monkeypatch.setattr(inert_pickle, "MOST_STEPS", 200)
    with pytest.raises(RefusedPickle, match="more than 200 opcodes"):
        read_pickle(data, KNOWN)
    monkeypatch.setattr(inert_pickle, "LARGEST", len(data) - 1)
    with pytest.raises(RefusedPickle, match=f"{len(data)} bytes"):
        read_pickle(data, KNOWN)


@given(st.binary(max_size=60), st.integers(0, 400))
def test_damaged_bytes_raise_nothing_else(noise: bytes, at: int) -> None:
    good = pickle.dumps({"a": [1, 2.5, ("x", None)], "b": {"c": (True, 3)}})
    for data in (noise, good[: at % len(good)] + noise + good[at % len(good) :], good[: at % len(good)]):
        try:
            read_pickle(data, KNOWN)
        except RefusedPickle:
            continue
