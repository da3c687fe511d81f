"""Marks of a training loop: what is written is read, and whatever goes wrong stops neither side."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.runs.ready_marks import FOLDER, mark_ready, ready_mark


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    (tmp_path / "run" / "policy" / "s7").mkdir(parents=True)
    return tmp_path / "run" / "policy" / "s7"


def test_what_is_marked_is_read(saved: Path) -> None:
    run = saved.parents[1]
    mark_ready(
        saved, 7, run=run, method="rl", base="org/model", seed=3, data_digest="d1",
        metrics={"loss": 0.5, "reward": 1, "note": "text", "bad": math.nan, "flag": True},
    )  # fmt: skip
    mark = ready_mark(run, 7)
    assert mark is not None
    assert (mark.folder, mark.method, mark.base, mark.seed, mark.data_digest) == (saved, "rl", "org/model", 3, "d1")
    assert mark.metrics == {"loss": 0.5, "reward": 1.0}
    assert ready_mark(run, 8) is None
    assert [path.name for path in (run / FOLDER).iterdir()] == ["7.json"]


def test_marking_again_replaces_the_mark(saved: Path) -> None:
    mark_ready(saved, 7, metrics={"loss": 2.0})
    mark_ready(saved, 7)
    mark = ready_mark(saved.parent, 7)
    assert mark is not None
    assert mark.metrics == {}
    assert mark.method is mark.base is mark.seed is mark.data_digest is None


@pytest.mark.parametrize("step", [0, -1, True, "7", None, 1.5])
def test_a_wrong_step_is_a_warning(saved: Path, step: object, caplog: pytest.LogCaptureFixture) -> None:
    mark_ready(saved, step)  # type: ignore[arg-type]
    assert "not marked" in caplog.text
    assert not (saved.parent / FOLDER).exists()


def test_a_folder_outside_the_run_and_one_that_cannot_be_written_are_warnings(
    saved: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mark_ready(saved, 7, run=saved)
    assert "not above the checkpoint" in caplog.text
    (saved.parent / FOLDER).write_text("a file in its place")
    mark_ready(saved, 7)
    assert caplog.text.count("not marked") == 2


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"step": 8, "folder": "s7"}', '{"step": 7, "folder": "/etc"}', '{"step": 7, "folder": "../x"}',
     '{"step": 7, "folder": ""}', '{"step": 7, "folder": 3}', "[" * 200_000, '{"step": 7}' + " " * (1 << 21)],
)  # fmt: skip
def test_a_mark_that_cannot_be_trusted_is_none(saved: Path, content: str) -> None:
    (saved.parent / FOLDER).mkdir()
    (saved.parent / FOLDER / "7.json").write_text(content)
    assert ready_mark(saved.parent, 7) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(st.fixed_dictionaries({name: JSON for name in ("method", "base", "seed", "data_digest", "metrics")}))
def test_any_content_gives_values_of_the_stated_types(tmp_path_factory: pytest.TempPathFactory, content: dict) -> None:
    run = tmp_path_factory.mktemp("run")
    (run / FOLDER).mkdir()
    (run / FOLDER / "7.json").write_text(json.dumps({"step": 7, "folder": "a", **content}))
    mark = ready_mark(run, 7)
    assert mark is not None
    assert all(math.isfinite(value) for value in mark.metrics.values())
    assert all(text is None or isinstance(text, str) for text in (mark.method, mark.base, mark.data_digest))
    assert mark.seed is None or abs(mark.seed) < 1 << 63
