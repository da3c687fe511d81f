"""A checkpoint's name has two spellings, which one parser reads."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.checkpoint import Checkpoint, is_model, parse_key

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
