"""Applications that show text as it is: no markup, complete summaries, usage errors quoted."""

import typer
from typer.testing import CliRunner

from skillprobe_core.show.cli.typer_app import Command, new_app

app = new_app(help="An application.")
LONG = "Do something that takes many words to say, so that an ordinary list of commands would cut the line off here."


@app.command(cls=Command)
def work(number: int = 1) -> None:
    if number < 0:
        raise typer.Abort
    typer.echo(number)


@app.command(cls=Command, help=f"{LONG}\n\nMore [bold]details[/bold].")
def long() -> None:
    pass


def test_a_list_of_commands_holds_the_first_paragraph_of_each() -> None:
    shown = " ".join(CliRunner().invoke(app, ["--help"]).stdout.split())
    assert LONG in shown
    assert "details" not in shown


def test_markup_in_help_is_text() -> None:
    assert "[bold]details[/bold]" in CliRunner().invoke(app, ["long", "--help"]).stdout


def test_a_usage_error_quotes_what_was_typed_with_its_hidden_characters() -> None:
    ended = CliRunner().invoke(app, ["work", "--[/b]\x1b[31m"])
    assert ended.exit_code == 2
    assert r"[/b]\x1b[31m" in ended.stderr
    assert "\x1b" not in ended.stderr


def test_an_abort_has_status_1_and_a_result_status_0() -> None:
    aborted = CliRunner().invoke(app, ["work", "--number", "-1"])
    assert (aborted.exit_code, "Aborted!" in aborted.stderr) == (1, True)
    assert CliRunner().invoke(app, ["work"]).exit_code == 0


def test_without_arguments_there_is_help() -> None:
    assert "Usage" in CliRunner().invoke(app, []).output
