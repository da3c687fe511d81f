"""A log of finished completions, so that generation resumes where a killed process stopped."""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import polars as pl

from skillprobe_core.engine.digest import digest_of
from skillprobe_core.errors import StoreError
from skillprobe_core.machine.file_locks import removed_if_free
from skillprobe_core.machine.unfinished_files import replacing

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


def check_chunk(path: Path) -> None:
    """Read a file of a log; raises StoreError if that is not possible, FileNotFoundError if there is none."""
    _chunk(path)


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
        return self._read()[0]

    def commit(self, rows: pl.DataFrame) -> None:
        """Add rows (columns of `SCHEMA`) atomically: all or none of them survive a crash of the machine."""
        self._write(rows)

    def compact(self) -> None:
        """Merge all chunks into one file, and remove what a killed process left of another one.

        Another process may use the log at the same time.
        """
        for left in self.folder.glob(".*.tmp"):
            removed_if_free(left)
        if len(list(self.folder.glob("*.parquet"))) > 1:
            rows, chunks = self._read()
            self._write(rows)
            for path in chunks:
                path.unlink(missing_ok=True)

    def _read(self) -> tuple[pl.DataFrame, list[Path]]:
        """The rows, and the files that hold them.

        A file that another process has just merged into a new one is gone: then all files are listed again. The new
        one is written before, so that no row is missed.
        """
        while True:
            chunks = sorted(self.folder.glob("*.parquet"))
            with suppress(FileNotFoundError):
                frames = [pl.DataFrame(schema=SCHEMA), *map(_chunk, chunks)]
                with suppress(OSError):
                    os.utime(self.folder)  # what was used last is kept longest
                return pl.concat(frames).unique(_KEY, keep="first", maintain_order=True), chunks

    def _write(self, rows: pl.DataFrame) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        content = BytesIO()
        rows.select(pl.col(column).cast(type_) for column, type_ in SCHEMA.items()).write_parquet(content)
        with replacing(self.folder / f"{uuid.uuid4().hex}.parquet") as place, place.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())


def _chunk(path: Path) -> pl.DataFrame:
    try:
        content = path.read_bytes()
        return pl.read_parquet(content).select(pl.col(name).cast(type_) for name, type_ in SCHEMA.items())
    except FileNotFoundError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        raise StoreError(
            f"the chunk cannot be read: {error}",
            remedy="run `skillprobe store check --set-aside`, which moves it away, then the same command again; its "
            "completions are generated again",
            path=path,
        ) from error
