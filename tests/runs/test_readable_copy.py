"""Copies of weights: by a converter that works, and by converters that do not."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.identity import contents, identity
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.readable_copy import copied, finish_copy, needs_copy, readable
from skillprobe_core.runs.scratch import Scratch
from skillprobe_core.runs.scratch_entries import FINISHED
from skillprobe_core.runs.weights import open_weights

COPY = "import shutil, sys; shutil.copytree(sys.argv[1], sys.argv[2])"


def command(program: str, *words: str) -> str:
    code = program.replace("{", "{{").replace("}", "}}")
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} {' '.join(words)}"


@pytest.fixture
def trainers(tmp_path: Path) -> ModelFiles:
    """A checkpoint that only a tool can read."""
    folder = tmp_path / "run" / "step_5"
    folder.mkdir(parents=True)
    (folder / "rank_0.pt").write_bytes(b"a pickle that nobody opens")
    return ModelFiles.of(folder).kept_in(Scratch(tmp_path / "scratch", 1 << 40, 0, 60.0))


def left(files: ModelFiles) -> list[str]:
    assert files.scratch is not None
    return [place.name for place in files.scratch.copies.iterdir() if not place.name.endswith(".lock")]


def test_the_converters_model_is_read_and_made_once(trainers: ModelFiles, tiny_base: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = f"{COPY}; open({str(count)!r}, 'a').write('x')"
    files = replace(trainers, command=command(program, str(tiny_base), "{out}"))
    assert needs_copy(files)
    assert identity(files).digest != identity(tiny_base).digest
    assert not count.exists()  # identified by its own files
    assert contents(files) == contents(tiny_base)
    assert set(open_weights(files)) == set(open_weights(tiny_base))
    with in_one_folder(files) as folder:
        assert (folder / "config.json").read_bytes() == (tiny_base / "config.json").read_bytes()
    assert count.read_text() == "x"
    (files.weights / "rank_0.pt").write_bytes(b"another")
    copied(files)
    assert count.read_text() == "xx"


def test_a_copy_of_a_checkpoint_that_changes_meanwhile_is_not_kept(trainers: ModelFiles, tiny_base: Path) -> None:
    program = f"{COPY}; open({str(trainers.weights / 'rank_0.pt')!r}, 'a').write('more')"
    files = replace(trainers, command=command(program, str(tiny_base), "{out}"))
    with pytest.raises(CheckpointError, match="changed while its weights were converted"):
        copied(files)
    assert not left(files)


def test_an_adapter_that_a_converter_writes_next_to_the_unchanged_model_is_the_checkpoint(
    trainers: ModelFiles, tiny_base: Path
) -> None:
    adapter = "(f := pathlib.Path(sys.argv[2], 'lora_adapter')).mkdir(), (f / 'adapter_model.safetensors').touch()"
    files = replace(trainers, command=command(f"import pathlib; {COPY}; {adapter}", str(tiny_base), "{out}"))
    assert copied(files).weights.name == "lora_adapter"
    assert copied(files).config == copied(files).weights


def test_the_command_and_the_trainers_files_identify_the_checkpoint(trainers: ModelFiles, tmp_path: Path) -> None:
    one, other = (replace(trainers, command=text) for text in ("a {out}", "b {out}"))
    assert identity(one).weights_digest != identity(other).weights_digest
    before = identity(one)
    (trainers.weights / "rank_1.pt").touch()
    assert identity(one) != before
    assert identity(one) == identity(replace(one, scratch=None))


def test_a_copy_is_removed_when_nothing_needs_it(trainers: ModelFiles, tiny_base: Path) -> None:
    files = replace(trainers, command=command(COPY, str(tiny_base), "{out}"))
    place = copied(files).weights
    finish_copy(files, keep=True)
    assert (place / FINISHED).exists()
    copied(files)
    assert not (place / FINISHED).exists()
    finish_copy(files, keep=False)
    assert left(files) == []


def test_without_a_scratch_folder_a_copy_is_temporary(trainers: ModelFiles, tiny_base: Path) -> None:
    files = replace(trainers, command=command(COPY, str(tiny_base), "{out}"), scratch=None)
    with readable(files) as model:
        assert set(open_weights(model)) == set(open_weights(tiny_base))
    assert not model.weights.exists()


def test_base_and_checkpoint_are_named_with_any_path(trainers: ModelFiles, tiny_base: Path, tmp_path: Path) -> None:
    base = tmp_path / "it's a base"
    base.symlink_to(tiny_base)
    program = "import shutil, sys; assert sys.argv[1].endswith('step_5'); shutil.copytree(sys.argv[2], sys.argv[3])"
    files = replace(trainers.on(base), command=command(program, "{path}", "{base}", "{out}"))
    assert contents(files) == contents(tiny_base)


@pytest.mark.parametrize(
    ("program", "limits", "says"),
    [
        ("raise SystemExit('no such checkpoint')", {}, "no such checkpoint"),
        ("import time; time.sleep(600)", {"seconds": 0.5}, "longer than 0.5 s"),
        ("pass", {}, "there is no such folder, or it is empty"),
        ("import os, sys; os.mkdir(sys.argv[2])", {}, "there is no such folder, or it is empty"),
        ("import os, sys; os.mkdir(sys.argv[2]); open(sys.argv[2] + '/notes', 'w')", {}, "the folder holds notes"),
        (
            f"{COPY}; open(sys.argv[2] + '/model.safetensors', 'r+b').truncate(1000)",
            {},
            "truncated",
        ),
        (
            "import os, sys, time; os.mkdir(sys.argv[2]); open(sys.argv[2] + '/w', 'wb').write(bytes(1 << 21)); "
            "time.sleep(600)",
            {"most": 1 << 20},
            "left no room",
        ),
        ("pass", {"most": 10}, "does not fit"),
    ],
    ids=["fails", "hangs", "nothing", "empty", "other", "cut", "large", "no room"],
)
def test_each_failure_is_one_clear_error_and_leaves_nothing(
    trainers: ModelFiles, tiny_base: Path, program: str, limits: dict[str, float], says: str
) -> None:
    assert trainers.scratch is not None
    files = replace(
        trainers,
        command=command(program, str(tiny_base), "{out}"),
        scratch=replace(trainers.scratch, **limits),  # type: ignore[arg-type]
    )
    with pytest.raises(CheckpointError, match=says) as caught:
        open_weights(files)
    assert "skillprobe.toml" in caught.value.remedy
    assert left(files) == []
