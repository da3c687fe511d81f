"""Readers of strangers' files end in a SkillprobeError and in nothing else, and the loop notices when they do not."""

import json
import random
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError, SkillprobeError
from tools.fuzz.coverage import branches
from tools.fuzz.fuzzing import fuzz
from tools.fuzz.mutation import mutated
from tools.fuzz.targets import TARGETS, Target


def raising(data: bytes, _: Path) -> None:
    if len(data) > 30:
        raise CheckpointError("long", remedy="shorten it")
    if b"[" in data:
        raise KeyError("bracket")
    while data.endswith(b"\x00"):
        pass


def test_other_errors_and_inputs_that_hang_are_found_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.fuzz.fuzzing.SECONDS", 0.05)
    seeds = [b"abc", b"[", b"\x00", b"x" * 31]
    found = fuzz(Target("mine", lambda _: list(seeds), raising), tmp_path, 60)
    assert {each.error for each in found.findings} == {"KeyError", "TookTooLong"}
    assert len(found.findings) == 2
    assert found.inputs == 60
    assert found.refused >= 1


def test_the_same_seed_gives_the_same_inputs_and_coverage_leads_the_choice(tmp_path: Path) -> None:
    seen: list[list[bytes]] = [[], []]
    for inputs in seen:
        target = Target("mine", lambda _: [b'{"a": [1, 2]}'], lambda data, _, inputs=inputs: inputs.append(data))
        fuzz(target, tmp_path, 50)
    assert seen[0] == seen[1]
    assert len(set(seen[0])) > 30
    one, two = fuzz(TARGETS["header"], tmp_path / "a", 120), fuzz(TARGETS["header"], tmp_path / "b", 120)
    assert one.branches == two.branches
    assert one.kept > 0


def test_branches_of_the_package_alone_are_recorded() -> None:
    with branches() as found:
        mutated(b"[1]", [b"{}"], random.Random(0))
        CheckpointError("x", remedy="y")
    assert found
    assert all("/skillprobe_core/" in file for file, _, _ in found)


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in ("loading", "template", "adapter", "shards")])
def test_a_few_inputs_of_each_target(name: str, tmp_path: Path) -> None:
    assert fuzz(TARGETS[name], tmp_path, 25, seed=1).findings == []


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_thousands_of_mutated_inputs_give_no_finding(name: str, tmp_path: Path) -> None:
    assert fuzz(TARGETS[name], tmp_path, int(1000 * TARGETS[name].share), seed=2).findings == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["config", "generation", "header", "index", "tokenizer", "run"])
def test_any_json_gives_no_finding(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    target.prepare(tmp_path)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    words = st.sampled_from(sorted({word for seed in target.prepare(tmp_path) for word in _words(seed)})) | st.text(
        max_size=4
    )
    values = st.recursive(
        leaves | words,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
        max_leaves=25,
    )

    @settings(max_examples=500)
    @given(values)
    def reads(value: object) -> None:
        with suppress(SkillprobeError):
            target.read(json.dumps(value).encode(), tmp_path)

    reads()


def _words(seed: bytes) -> set[str]:
    return set(re.findall(r'"([^"\\]{1,40})"', seed.decode("utf-8", "ignore")))


# Inputs that once raised something else, by target. Each was found by the command.
KEPT: list[tuple[str, bytes]] = [
    ("items", b'{"prompt": "What is 1 + 1?", "answer": "2", "options": 7, "level": 1, "template": "t"}'),
    ("index", b'{"weight_map": {}}'),
    ("index", b'{"weight_map": {"w": "\xed\xa0\x80.safetensors"}}'),
    ("settings", b"[scratch]\nfolder = " + b"[" * 3000),
    ("settings", b"settle_seconds = " + b"9" * 5000),
    ("index", b'{"weight_map": {"w": "' + b"[" * 2000 + b'.safetensors"}}'),
]


@pytest.mark.parametrize(("name", "data"), KEPT)
def test_inputs_that_were_found(name: str, data: bytes, tmp_path: Path) -> None:
    target = TARGETS[name]
    found = fuzz(Target(name, lambda folder: (target.prepare(folder), [data])[1], target.read), tmp_path, 1)
    assert found.findings == []
