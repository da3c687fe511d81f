"""Options of the command itself."""

import pytest
from typer.testing import CliRunner

import skillprobe_core
from skillprobe_core.show.cli.main import app


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "probe"]])
def test_the_version_is_shown_before_any_command(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (0, f"skillprobe {skillprobe_core.__version__}\n")


def test_help_names_the_option() -> None:
    assert "--version" in CliRunner().invoke(app, ["--help"]).stdout
