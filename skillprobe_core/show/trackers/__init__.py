"""Export of scores to experiment trackers: those of this folder's files, and those of plugins; all are optional.

A file is named like its tracker, so that names are known without importing the packages that trackers need.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from skillprobe_core.errors import SettingsError
from skillprobe_core.plugins import declaring, extensions

from .tracker import Tracker, TrackerOffer


def _files() -> dict[str, str]:
    return {module.rpartition(".")[2]: module for module in declaring(__name__, TrackerOffer)}


TRACKERS: tuple[str, ...] = tuple(_files())
"""Names of the trackers of this folder, sorted."""

_OF_PLUGINS = extensions("tracker", TrackerOffer, tuple, names=lambda offer: (offer.name,), taken=_files)


def tracker_names() -> tuple[str, ...]:
    """Names of all trackers: those of this folder, sorted, then those of plugins."""
    return (*TRACKERS, *(offer.name for offer in _OF_PLUGINS))


def open_tracker(name: str, folder: Path) -> Tracker:
    """The tracker of that name; a tracker that writes files writes them to `folder`.

    Raises SettingsError for an unknown name and for a package that is not installed.
    """
    if name not in tracker_names():
        raise SettingsError(f"unknown tracker {name!r}", remedy=f"use one of {', '.join(tracker_names())}")
    try:
        offer = _offer(name)
        missing = offer.package if offer.package and find_spec(offer.package) is None else None
    except ModuleNotFoundError as error:
        missing = error.name
    if missing is not None:
        there = [each for each in TRACKERS if find_spec(each) is not None]
        raise SettingsError(
            f"the package {missing} is not installed",
            remedy=f"pip install {missing}" + (f", or use an installed tracker: {', '.join(there)}" if there else ""),
        )
    return offer.start(folder)


def _offer(name: str) -> TrackerOffer:
    """The tracker of that name; raises ModuleNotFoundError if its file imports a package that is not installed."""
    if name in TRACKERS:
        own: TrackerOffer = import_module(_files()[name]).TRACKER
        return own
    return next(offer for offer in _OF_PLUGINS if offer.name == name)
