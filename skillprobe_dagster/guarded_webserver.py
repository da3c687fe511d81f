"""Dagster's web server behind a `HostGuard`: `python -m skillprobe_dagster.guarded_webserver`, with its own options."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from skillprobe_dagster.host_guard import HostGuard

ALLOWED_HOSTS = "SKILLPROBE_UI_ALLOWED_HOSTS"
"""Environment variable with further host names, separated by spaces."""


def main() -> None:
    """Run the web server until it is stopped."""
    cli: Any = import_module("dagster_webserver.cli")
    create = cli.create_app_from_workspace_process_context

    def guarded(*arguments: Any, **options: Any) -> HostGuard:  # noqa: ANN401
        return HostGuard(create(*arguments, **options), os.environ.get(ALLOWED_HOSTS, "").split())

    cli.create_app_from_workspace_process_context = guarded
    cli.main()


if __name__ == "__main__":
    main()
