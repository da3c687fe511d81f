"""Two digests in one pass: those of hashlib, with and without the compiled code."""

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skillprobe_core.machine import paired_sha256
from skillprobe_core.machine.paired_sha256 import PairedSha256, compiled_kernel

BLOCKS = st.sampled_from([0, 1, 8, 55, 56, 63, 64, 65, 119, 120, 127, 128, 1000])
"""Lengths at which the last block ends differently."""


@pytest.fixture(params=["compiled", "hashlib"])
def kernel(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "hashlib":
        monkeypatch.setattr(paired_sha256, "compiled_kernel", lambda: None)
    elif compiled_kernel() is None:
        pytest.skip("no C compiler, or no SHA instructions")
    return


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(acts=st.lists(st.tuples(st.booleans(), BLOCKS), max_size=8), seed=st.integers(0, 250))
def test_digests_are_those_of_hashlib(kernel: None, acts: list[tuple[bool, int]], seed: int) -> None:
    first, second = PairedSha256(), PairedSha256()
    texts = [b"", b""]
    for together, size in acts:
        data = bytes((seed + 7 * place) % 256 for place in range(size))
        texts[0] += data
        if together:
            texts[1] += data
            first.update_with(second, data)
        else:
            first.update(data)
        for digest, text in zip((first, second), texts, strict=True):
            assert digest.hexdigest() == hashlib.sha256(text).hexdigest()


def test_code_with_other_digests_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    if compiled_kernel() is None:
        pytest.skip("no C compiler, or no SHA instructions")
    library = paired_sha256.compiled_library(paired_sha256.C_FILE, "paired_sha256")
    monkeypatch.setattr(paired_sha256, "_START", (0, *paired_sha256._START[1:]))
    assert library is not None
    assert not paired_sha256._agrees(library)
