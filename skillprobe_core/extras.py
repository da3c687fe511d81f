"""Packages that the extras add to reading a store, and the error where one is not installed. Imports nothing heavy."""

from __future__ import annotations

from importlib.util import find_spec

from .errors import SettingsError

_MODELS = ("torch", "transformers", "safetensors", "threadpoolctl")
_DAGSTER = ("dagster", "dagster_webserver")
PACKAGES = {
    "models": _MODELS,
    "dagster": _DAGSTER,
    "demo": (*_MODELS, *_DAGSTER, "accelerate", "datasets", "trl"),
    "gguf": (*_MODELS, "accelerate", "gguf"),  # transformers reads GGUF files only with both
}
"""Modules that each extra brings. An extra that others include comes first."""


def require(extra: str, what: str) -> None:
    """Raise SettingsError unless all packages of an extra are installed; imports none of them.

    Args:
        extra: Name of the extra, a key of `PACKAGES`.
        what: The activity or thing that needs it, as the subject of the message.

    Raises:
        SettingsError: A package is missing; the message names it and the command that installs the extra.
    """
    missing = [name for name in PACKAGES[extra] if not _is_installed(name)]
    if missing:
        raise _error(extra, f"{what} needs {', '.join(missing)}: not installed")


def missing_package(error: BaseException) -> SettingsError | None:
    """The error to show for an import that failed because an extra is not installed; None for any other exception."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return None
    package = error.name.partition(".")[0]
    extra = next((extra for extra, names in PACKAGES.items() if package in names), None)
    return None if extra is None or _is_installed(package) else _error(extra, f"{package} is not installed")


def _error(extra: str, cause: str) -> SettingsError:
    return SettingsError(cause, remedy=f"install the extra: pip install 'skillprobe[{extra}]'")


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ImportError:  # raised by an import hook that refuses the package
        return False
