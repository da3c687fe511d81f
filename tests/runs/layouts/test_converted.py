"""Commands of the settings: their fields, and the checkpoints that they belong to."""

import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from skillprobe_core.runs.discovery import discover
from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.runs.layouts.converted import checked_command, converted_by, setting_of, with_converter
from skillprobe_core.runs.layouts.stored_weights import pickle_conversion, zero_conversion
from skillprobe_core.runs.model_files import ModelFiles

from .trainers import VerlWriter


@pytest.mark.parametrize("command", ["", "merge {folder} {out}", "bash -c 'cp {{a,b}} {out}' {step} {root} {base}"])
def test_commands_with_known_fields_are_taken(command: str) -> None:
    assert checked_command(command) == command


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("merge {folder}", "must have {out}"),
        ("merge {input} {out}", "the fields of a command are"),
        ("merge {0} {out}", "the fields of a command are"),
        ("merge '{out}", "close quotes"),
        ("merge {out", "the fields of a command are"),
    ],
)
def test_other_commands_say_what_they_lack(command: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        checked_command(command)


def test_only_what_is_not_a_model_in_safetensors_is_converted(tmp_path: Path, tiny_run: Path) -> None:
    run = tmp_path / "exp"
    VerlWriter().write(tiny_run / "checkpoint-10", run, 10)
    actor = run / "global_step_20" / "actor"
    actor.mkdir(parents=True)
    (actor / "model_world_size_1_rank_0.pt").write_bytes(b"a pickle")
    VerlWriter().finish(run, 20)
    command = "merge {folder}/actor {out} {step}"
    plain, converted = discover(run, "m", "rl", layouts=with_converter(LAYOUTS, command), settle_seconds=0)
    assert (plain.ready, plain.checkpoint.files.command) == (True, "")
    assert (converted.ready, converted.checkpoint.files.command) == (True, "merge {path}/actor {out} 20")
    assert with_converter(LAYOUTS, "") is LAYOUTS


def test_pickled_models_are_converted(tmp_path: Path, tiny_run: Path) -> None:
    folder = Path(shutil.copytree(tiny_run / "checkpoint-10", tmp_path / "checkpoint-10"))
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    (found,) = discover(tmp_path, "m", "sft", layouts=with_converter(LAYOUTS, "merge {folder} {out}"), settle_seconds=0)
    assert (found.ready, found.checkpoint.files.command) == (True, "merge {path} {out}")


def test_the_setting_of_a_layouts_command_gives_that_command(tmp_path: Path) -> None:
    run = tmp_path / "it's a {run}"
    folder = run / "checkpoint-3"
    for conversion in (
        zero_conversion(folder),
        zero_conversion(run, "global_step3"),
        pickle_conversion(folder, ["a.bin"]),
    ):
        setting = tomllib.loads(setting_of(conversion, folder, run))["convert"]
        assert checked_command(setting) == setting
        files = converted_by(setting, ModelFiles.of(folder), run, 3)
        command = files.command.format(path=shlex.quote(str(folder)), base="BASE", out="OUT")
        if "python -c" not in command:
            assert shlex.split(command) == shlex.split(conversion.command)
