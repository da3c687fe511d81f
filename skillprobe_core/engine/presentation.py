"""Values that a person sees for a table: its headline, its figure, and the findings of its checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl

if TYPE_CHECKING:
    from .store import Store


@dataclass(frozen=True, slots=True)
class Grid:
    """A small frame shown as a table; `formats` gives format specifications by column, for example `.2f`."""

    frame: pl.DataFrame
    formats: Mapping[str, str] = field(default_factory=dict)


Shown: TypeAlias = "Mapping[str, str | int | float | bool | Path | Grid | None]"
"""Figures, words, files and small tables by name."""

Headline: TypeAlias = Callable[[pl.DataFrame], Shown]
"""The most important figures of a table's rows."""


@dataclass(frozen=True, slots=True)
class Figure:
    """The figure of a table: an SVG and its description.

    draw: gets the rows of one model up to a step, the store, and the digest of the protocol shown. history: True if the
    rows include those of earlier steps, False for the rows of the step alone.
    """

    draw: Callable[[pl.DataFrame, Store, str | None], tuple[str, str] | None]
    history: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of a check: passed or not, one line that says so, and details."""

    passed: bool
    text: str
    details: Shown = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a table's rows after they are written.

    find: gets the subject that the table was computed for, and its rows. error: True if a failure means that the rows
    are wrong; otherwise it is a warning.
    """

    name: str
    about: str
    find: Callable[[Any, pl.DataFrame], Finding]
    error: bool = False
