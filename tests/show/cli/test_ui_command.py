"""The UI stays on this machine unless the user exposes it, and then the user learns what that means."""

import pytest
from typer.testing import CliRunner

from skillprobe_core.show.cli import ui_command
from skillprobe_core.show.cli.main import app
from skillprobe_core.show.cli.ui_command import is_loopback


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.7", False),
        ("my-machine", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback_addresses_are_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize("arguments", [[], ["--host", "0.0.0.0"], ["--host", "::1", "--allow-host", "models.example"]])
def test_the_guarded_server_is_started_and_exposure_is_stated(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(ui_command, "run_child", lambda command: started.append(command) or 0)
    monkeypatch.setenv("SKILLPROBE_UI_ALLOWED_HOSTS", "left-over.example")
    done = CliRunner().invoke(app, ["ui", *arguments], catch_exceptions=False)
    (command,) = started
    assert command[1:3] == ["-m", "skillprobe_dagster.guarded_dev"]
    assert command[command.index("--host") + 1] == (arguments[1] if arguments else "127.0.0.1")
    assert ("without a login" in done.stderr) == ("0.0.0.0" in arguments)
    allowed = ui_command.os.environ["SKILLPROBE_UI_ALLOWED_HOSTS"]
    assert allowed == ("models.example" if "--allow-host" in arguments else "")
