"""`dagster dev` with its web server behind a `HostGuard`: `python -m skillprobe_dagster.guarded_dev`, with its options.

`dagster dev` starts the web server as a process of its own, in which the guard has to be put.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from skillprobe_core.errors import SettingsError

_GUARDED = {
    "dagster_webserver": "skillprobe_dagster.guarded_webserver",
    "dagster._daemon": "dagster._daemon",
}


def guarded_command(command: Sequence[str]) -> list[str]:
    """The command of one of Dagster's services, with the guarded web server in place of Dagster's.

    Args:
        command: As Dagster starts it: the interpreter, `-m`, a module and its arguments.

    Returns:
        The command to run.

    Raises:
        SettingsError: Another program is to be started, which might be a web server without a guard.
    """
    module = command[2] if list(command[1:2]) == ["-m"] and len(command) > 2 else None
    if module not in _GUARDED:
        raise SettingsError(
            "this version of Dagster starts its web server in an unknown way, so it cannot be guarded",
            remedy="install the versions of constraints.txt: pip install -c constraints.txt 'skillprobe[dagster]'",
        )
    return [*command[:2], _GUARDED[module], *command[3:]]


def main() -> None:
    """Run `dagster dev` until it is stopped."""
    dev: Any = import_module("dagster._cli.dev")
    start = dev.open_ipc_subprocess

    def start_guarded(parts: Sequence[str], **options: Any) -> Any:  # noqa: ANN401
        return start(guarded_command(parts), **options)

    dev.open_ipc_subprocess = start_guarded
    dev.dev_command(prog_name="dagster dev")


if __name__ == "__main__":
    main()
