"""Ways in which a stored Parquet file is damaged, replaced or hidden."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from skillprobe_core.engine.part_files import PROVENANCE

Damage = Callable[[Path, random.Random], None]


def _cut(path: Path, rng: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: rng.randrange(1, len(content))])


def _emptied(path: Path, _: random.Random) -> None:
    path.write_bytes(b"")


def _bit(path: Path, rng: random.Random) -> None:
    """Flip a bit anywhere, also where it changes nothing."""
    content = bytearray(path.read_bytes())
    content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def _page(path: Path, rng: random.Random) -> None:
    """Change some bytes of the compressed data of a column."""
    content = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    for _ in range(4):
        content[start + column.total_compressed_size - 1 - rng.randrange(4)] ^= rng.randrange(1, 256)
    path.write_bytes(content)


def _zeros(path: Path, _: random.Random) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _foreign(path: Path, _: random.Random) -> None:
    """The same rows, written by somebody else."""
    pl.read_parquet(path, hive_partitioning=False, glob=False).write_parquet(path)


def _with_facts(path: Path, **facts: object) -> None:
    rows = pq.read_table(path, partitioning=None)
    before = json.loads(rows.schema.metadata[PROVENANCE])
    pq.write_table(rows.replace_schema_metadata({PROVENANCE: json.dumps(before | facts)}), path)


def _newer(path: Path, _: random.Random) -> None:
    _with_facts(path, table_version=10_000)


def _other_table(path: Path, _: random.Random) -> None:
    _with_facts(path, table="somebody_elses")


def _no_facts(path: Path, _: random.Random) -> None:
    rows = pq.read_table(path, partitioning=None)
    pq.write_table(rows.replace_schema_metadata({PROVENANCE: "[]"}), path)


def _text(path: Path, _: random.Random) -> None:
    path.write_text("model,step\na,1\n")


DAMAGES: dict[str, Damage] = {
    "cut": _cut,
    "emptied": _emptied,
    "flipped bit": _bit,
    "foreign": _foreign,
    "no origin": _no_facts,
    "newer version": _newer,
    "other table": _other_table,
    "page changed": _page,
    "text": _text,
    "zeros": _zeros,
}
"""Damages by name. All but a flipped bit make a file unusable."""
