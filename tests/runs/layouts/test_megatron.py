"""Megatron's folders: seven digits, and a command that Python reads as it was meant."""

import ast
import shlex
from pathlib import Path

from skillprobe_core.runs.layouts.megatron import LAYOUT


def test_the_command_is_a_program_with_the_folders_path(tmp_path: Path) -> None:
    root = tmp_path / "it's"
    for name in ("iter_0000020", "iter_20"):
        (root / name).mkdir(parents=True)
    (found,) = LAYOUT.find(root)
    assert found.step == 20
    assert found.conversion is not None
    *_, program = shlex.split(found.conversion.command)
    assert str(root / "iter_0000020") in [
        node.value for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Constant)
    ]
