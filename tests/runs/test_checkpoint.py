"""A checkpoint's name has two spellings, which one parser reads."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.checkpoint import LONGEST_MODEL, Checkpoint, is_model, parse_key

MODELS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", fullmatch=True)
STEPS = st.integers(min_value=0, max_value=10**18)
SEPARATORS = st.sampled_from("/@")
# Close to a name: its characters, in any order.
ALMOST = st.text(st.sampled_from("ab7.-_/@0 +\n٣"), max_size=8)


@given(MODELS, STEPS, SEPARATORS)
def test_both_spellings_name_the_same_checkpoint(model: str, step: int, separator: str) -> None:
    assert parse_key(f"{model}{separator}{step}") == (model, step)


@given(MODELS, STEPS)
def test_a_checkpoint_is_found_by_its_own_key(model: str, step: int) -> None:
    key = Checkpoint.in_folder(model, step, Path("/runs/any"), "sft").key
    assert parse_key(key) == parse_key(key.replace("/", "@")) == (model, step)


@given(st.text(st.sampled_from("ab/@"), min_size=1, max_size=6), STEPS, SEPARATORS)
def test_a_model_name_holds_no_separator(model: str, step: int, separator: str) -> None:
    """So no text names two checkpoints; `m@3/5` is neither step 5 of `m@3` nor another."""
    if is_model(model):
        assert not set(model) & {"/", "@"}
    else:
        with pytest.raises(CheckpointError):
            parse_key(f"{model}{separator}{step}")


@given(ALMOST)
def test_any_other_text_is_refused_with_both_spellings(text: str) -> None:
    model, separator, step = text.partition("@" if "@" in text else "/")
    if is_model(model) and separator and step.isascii() and step.isdigit() and str(int(step)) == step:
        assert parse_key(text) == (model, int(step))
        return
    with pytest.raises(CheckpointError) as refused:
        parse_key(text)
    assert {"MODEL/STEP", "MODEL@STEP"} <= set(refused.value.remedy.split())
    assert repr(text) in refused.value.cause


@pytest.mark.parametrize(
    "text", ["m", "m/", "m@", "/5", "@5", "m/05", "m@-1", "m@5/5", "a/b@5", "m @5", "m@5\n", "m@٣", ""]
)
def test_texts_that_name_no_checkpoint(text: str) -> None:
    with pytest.raises(CheckpointError, match="is not a checkpoint key"):
        parse_key(text)


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
