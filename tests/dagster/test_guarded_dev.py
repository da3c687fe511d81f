"""Of Dagster's services the web server is replaced, the daemon stays, and an unknown one is refused."""

import sys

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_dagster.guarded_dev import guarded_command


def test_the_web_server_is_replaced_with_its_arguments():
    command = [sys.executable, "-m", "dagster_webserver", "--port", "3000"]
    assert guarded_command(command) == [sys.executable, "-m", "skillprobe_dagster.guarded_webserver", "--port", "3000"]


def test_the_command_of_the_daemon_is_not_changed():
    command = [sys.executable, "-m", "dagster._daemon", "run"]
    assert guarded_command(command) == command


@pytest.mark.parametrize(
    "command",
    [
        ["dagster-webserver"],
        ["python", "-m", "dagster_webserver_of_tomorrow"],
        ["python", "-m"],
        ["python", "-c", ""],
        [],
    ],
)
def test_an_unknown_program_is_refused(command):
    with pytest.raises(SettingsError, match=r"constraints\.txt"):
        guarded_command(command)
