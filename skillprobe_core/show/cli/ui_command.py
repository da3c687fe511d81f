"""`skillprobe ui`: the Dagster UI for the store."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import Annotated

import typer

from skillprobe_core.extras import require
from skillprobe_core.machine.interrupt import run_child
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible


def ui(
    port: Annotated[int, typer.Option(help="Port of the web server.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="Further host name under which browsers open the UI, such as that of a proxy; repeatable."),
    ] = None,
) -> None:
    """Start the Dagster UI: the assets of every checkpoint, and the sensor that evaluates new ones.

    It has no login. On the default address only programs of this machine reach it. Requests for unknown host names and
    of other web sites are refused.
    """
    require("dagster", "the Dagster UI")
    if not is_loopback(host):
        say(
            f"warning: every machine that reaches {visible(host)}:{port} can use Dagster without a login: it reads "
            "results and logs, and starts, stops and deletes runs as this user. Listen on 127.0.0.1 and use an SSH "
            f"tunnel (ssh -L {port}:127.0.0.1:{port} MACHINE), or a proxy with a login",
            err=True,
        )
    command = [sys.executable, "-m", "skillprobe_dagster.guarded_dev", "-m", "skillprobe_dagster.definitions"]
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ["SKILLPROBE_UI_ALLOWED_HOSTS"] = " ".join(allow_host or [])
    raise typer.Exit(run_child([*command, "--host", host, "--port", str(port)]))


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
