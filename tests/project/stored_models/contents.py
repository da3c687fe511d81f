"""What a store shows in SQL and holds in files, and a process that is killed while it changes one."""

import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl

from skillprobe_core.engine.catalog import view_query
from skillprobe_core.engine.store import Store, file_provenance
from skillprobe_core.measurements.table_registry import all_tables

ROOT = Path(__file__).parents[3]
# Ends as a kill does, without any `finally`, before the n-th call that writes, moves or deletes.
_KILLED = """
import os, shutil, sys
from pathlib import Path
from skillprobe_core.engine.store import Store
from skillprobe_core.project.stored_models.remove_model import remove_model
from skillprobe_core.project.stored_models.rename_model import rename_model

left = int(sys.argv[2])

def counted(call):
    def one(*given, **named):
        global left
        if left == 0:
            os._exit(9)
        left -= 1
        return call(*given, **named)
    return one

os.replace, os.fsync, shutil.rmtree, Path.unlink = map(counted, (os.replace, os.fsync, shutil.rmtree, Path.unlink))
change = {"rename": rename_model, "remove": remove_model}[sys.argv[3]]
change(Store(Path(sys.argv[1])), *(int(each) if each.isdecimal() else each for each in sys.argv[4:]))
"""


def change_and_die(store: Store, calls: int, *change: str) -> bool:
    """Change a store in a process that is killed after so many calls; returns True if it was."""
    command = [sys.executable, "-c", _KILLED, str(store.root), str(calls), *change]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 9), done.stderr
    return done.returncode == 9


def shown(store: Store) -> dict[str, pl.DataFrame]:
    """All rows of every table that the store has, as SQL shows them, sorted by key."""
    tables = [table for table in all_tables() if (store.root / table.name).exists()]
    with duckdb.connect() as connection:
        frames = {table: connection.sql(view_query(store, table)).pl() for table in tables}
    return {table.name: frame.sort(table.key) for table, frame in frames.items()}


def models_shown(store: Store) -> dict[str, set[str]]:
    """The models in each table."""
    return {name: set(frame["model"]) for name, frame in shown(store).items() if "model" in frame.columns}


def files_of(store: Store) -> dict[str, bytes]:
    """Every file of the store but its locks, by path."""
    files = (path for path in store.root.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(store.root)): path.read_bytes() for path in files}


def origins(store: Store, model: str) -> dict[str, object]:
    """Provenance of every file of a model, by its path below the model's folder."""
    files = store.root.glob(f"*/model={model}/step=*/*.parquet")
    return {"/".join((file.parts[-4], *file.parts[-2:])): file_provenance(file) for file in files}
