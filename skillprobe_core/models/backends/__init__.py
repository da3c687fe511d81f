"""The backends: those of this folder's files, and those of plugins; choice by name or by device.

A file's name, without `_backend` and with - for _, is its backend's name. So names are known without importing engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backend import Backend, BackendOffer, Opening
from skillprobe_core.models.compute_devices import default_device
from skillprobe_core.models.server_calls import ServerCalls
from skillprobe_core.plugins import declared, declaring, extensions

if TYPE_CHECKING:
    import torch

    from skillprobe_core.models.model_settings import ComputeSettings
    from skillprobe_core.runs.model_files import ModelLike

AUTO = "auto"
_FALLBACK = "transformers"
_ANSWER_SECONDS = 5.0
"""Time in which a server lists its models, also while it generates."""

_ALL = extensions(
    "backend",
    BackendOffer,
    lambda: declared(__name__, BackendOffer),
    names=lambda offer: (offer.name,),
    order=lambda offer: offer.order,
)


def _files() -> list[str]:
    stems = (module.rpartition(".")[2] for module in declaring(__name__, BackendOffer))
    return [stem.removesuffix("_backend").replace("_", "-") for stem in stems]


_OF_PLUGINS = extensions("backend", BackendOffer, tuple, names=lambda offer: (offer.name,), taken=_files)


def all_backends() -> tuple[BackendOffer, ...]:
    """All backends by their `order`; imports torch."""
    return tuple(_ALL)


def backend_names() -> list[str]:
    """Names of all backends, for settings and messages; imports no engine."""
    return [*_files(), *(offer.name for offer in _OF_PLUGINS)]


def backend_named(name: str) -> BackendOffer:
    """The backend of that name; raises SettingsError with the valid names for any other."""
    for offer in all_backends():
        if offer.name == name:
            return offer
    raise SettingsError(f"unknown backend {name!r}", remedy=f"use one of {', '.join([AUTO, *backend_names()])}")


def choose_backend(name: str, device: str = AUTO) -> str:
    """The backend that `auto` stands for: an installed one that the device's type calls for, else transformers.

    On a GPU that is vLLM. On a CPU the model loaded by transformers also serves the later stages, which outweighs
    vLLM's faster decoding.
    """
    if name != AUTO:
        return name
    from skillprobe_core.models.model_loading import choose_device

    there = choose_device(device).type
    fitting = (offer.name for offer in all_backends() if there in offer.chosen_on and offer.installed())
    return next(fitting, _FALLBACK)


def open_backend(
    checkpoint: ModelLike,
    name: str = AUTO,
    *,
    dtype: torch.dtype | None = None,
    device: str = AUTO,
    url: str | None = None,
    model: str | None = None,
    api_key: str | None = None,
    max_length: int | None = None,
    idle_seconds: float | None = None,
    reload: bool = False,
    devices: tuple[str, ...] = (),
) -> Backend:
    """A backend on the checkpoint; the options are those of `Opening`.

    Raises SettingsError for a backend that is unknown, not installed or not configured, CheckpointError for a
    checkpoint that cannot be loaded.
    """
    opening = Opening(checkpoint, dtype, device, url, model, api_key, max_length, idle_seconds, reload, devices)
    offer = backend_named(choose_backend(name, device))
    _check_address(offer, url)
    return offer.open(opening)


def check_usable(compute: ComputeSettings) -> None:
    """Check that this machine has the device of the settings and that their backend is configured.

    A command that evaluates checkpoints checks this once, before it reads or writes anything.

    Args:
        compute: The settings.

    Raises:
        SettingsError: The device is not available, or the backend is unknown, not installed or lacks its address or
            key.
    """
    from skillprobe_core.models.model_loading import choose_device

    device = default_device(compute)
    choose_device(device)
    offer = backend_named(choose_backend(compute.backend, device))
    _check_address(offer, compute.url)
    if offer.server:
        compute.api_key()
    if not offer.installed():
        raise SettingsError(
            f"the backend {offer.name} is not installed",
            remedy=f'set backend = "auto" under [compute] in skillprobe.toml, or install what {offer.name} needs in an '
            "environment of its own (see `Install what you need` in README.md)",
        )


def check_reachable(compute: ComputeSettings) -> None:
    """Check that the settings can be used on this machine and, if they name a server, that it answers.

    Whoever evaluates checkpoints as they land checks this before each of them: while a server is down, they wait.

    Args:
        compute: The settings.

    Raises:
        SettingsError: As of `check_usable`, or the server cannot be reached or refuses the key.
    """
    check_usable(compute)
    if compute.url is not None and backend_named(choose_backend(compute.backend, default_device(compute))).server:
        calls = ServerCalls(compute.url, api_key=compute.api_key(), timeout_seconds=_ANSWER_SECONDS)
        calls.call("GET", "/models")


def _check_address(offer: BackendOffer, url: str | None) -> None:
    if offer.server and url is None:
        raise SettingsError(
            f"backend {offer.name} needs the address of a server",
            remedy='set `url` under [compute] in skillprobe.toml, for example url = "http://127.0.0.1:8000/v1"',
        )
