"""A log of finished completions, so that generation resumes where a killed process stopped."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path

import polars as pl

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.errors import StoreError

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "item_id": pl.String,
    "sample": pl.Int32,
    "prompt_digest": pl.String,
    "seed": pl.Int64,
    "completion": pl.String,
    "reasoning": pl.String,
    "finish_reason": pl.String,
    "prompt_tokens": pl.Int32,
    "completion_tokens": pl.Int32,
    "reasoning_tokens": pl.Int32,
    "completion_ids": pl.List(pl.Int32),
}
SCHEMA = pl.Schema(_COLUMNS.items())
FORMAT = 3
"""Version of the rows' meaning, part of a log's version. It is not that of table `generations`, whose columns may
change without any effect on completions that are already in a log."""
_KEY = ("item_id", "sample", "prompt_digest", "seed")


def answers_kept(work: Path) -> int:
    """Number of answers in all logs below a store's folder for work in progress; those that cannot be read count 0."""
    kept = 0
    for path in (work / "generations").glob("*/*.parquet"):
        with suppress(pl.exceptions.PolarsError, OSError):
            kept += pl.scan_parquet(path).select(pl.len()).collect().item()
    return kept


def log_version(checkpoint: str, backend: str, sampling: str) -> str:
    """The version of the log of a checkpoint's completions: its identity, the backend and the sampling of a row."""
    return digest_of(checkpoint, backend, sampling, FORMAT)[:32]


class ChunkLog:
    """A folder of small Parquet files for one `version`, which covers everything except the rows' keys that completions
    depend on.

    Each file is written under a temporary name and renamed, so that a reader sees complete chunks only. Rows stay until
    the folder is deleted: a later item set with the same items, or more samples, reuses them.
    """

    def __init__(self, root: Path, version: str) -> None:
        self.folder = Path(root) / version

    def rows(self) -> pl.DataFrame:
        """All rows committed so far, each key once; raises StoreError for a file that cannot be read."""
        frames = [pl.DataFrame(schema=SCHEMA)]
        for path in self._chunks():
            try:
                frames.append(
                    pl.read_parquet(path, glob=False).select(pl.col(name).cast(type_) for name, type_ in SCHEMA.items())
                )
            except (pl.exceptions.PolarsError, OSError) as error:
                raise StoreError(
                    f"the chunk cannot be read: {error}",
                    remedy="delete this file and run the command again; its completions are generated again",
                    path=path,
                ) from error
        return pl.concat(frames).unique(_KEY, keep="first", maintain_order=True)

    def commit(self, rows: pl.DataFrame) -> None:
        """Add rows (columns of `SCHEMA`) atomically: all or none of them survive a crash of the machine."""
        self._write(rows)

    def compact(self) -> None:
        """Merge all chunks into one file."""
        chunks = self._chunks()
        if len(chunks) > 1:
            self._write(self.rows())
            for path in chunks:
                path.unlink(missing_ok=True)

    def _chunks(self) -> list[Path]:
        return sorted(self.folder.glob("*.parquet"))

    def _write(self, rows: pl.DataFrame) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = uuid.uuid4().hex
        temporary = self.folder / f".{name}.tmp"
        with temporary.open("wb") as file:
            rows.select(pl.col(column).cast(type_) for column, type_ in SCHEMA.items()).write_parquet(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / f"{name}.parquet")
