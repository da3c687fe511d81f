"""A checkpoint's key is its model and step, and reads back as it was written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.checkpoint import LONGEST_MODEL, Checkpoint, is_model, parse_key

MODELS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", fullmatch=True)


@given(MODELS, st.integers(0, 10**12))
def test_a_key_reads_back(model: str, step: int) -> None:
    checkpoint = Checkpoint.in_folder(model, step, Path("/run"), "sft")
    assert parse_key(checkpoint.key) == (model, step)


@pytest.mark.parametrize(
    "key", ["run", "run/", "run/x", "run/-1", "run/007", "run/1.5", "/5", "a/b/5", "run/²", "", "-a/5"]
)
def test_other_texts_are_not_keys(key: str) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint key") as caught:
        parse_key(key)
    assert "MODEL/STEP" in caught.value.remedy


@pytest.mark.parametrize("name", ["", "-a", ".a", "a b", "a/b", "é", "a\n", "a" * (LONGEST_MODEL + 1)])
def test_a_name_that_folders_and_keys_cannot_hold_is_refused(name: str) -> None:
    assert not is_model(name)
    with pytest.raises(CheckpointError, match="not a valid model name") as caught:
        Checkpoint.in_folder(name, 1, Path("/run/here"), "sft")
    assert caught.value.path == "/run/here"


def test_a_negative_step_is_refused() -> None:
    with pytest.raises(CheckpointError, match="step -1 is negative"):
        Checkpoint.in_folder("m", -1, Path("/run"), "sft")


def test_a_checkpoint_without_a_run_is_named_after_itself() -> None:
    alone = Checkpoint.in_folder("m", 1, Path("/run/checkpoint-1"), "sft")
    assert alone.run_folder == alone.path == Path("/run/checkpoint-1")
    assert Checkpoint("m", 1, alone.files, "sft", Path("/run")).run_folder == Path("/run")
