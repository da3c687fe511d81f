"""Everything that a store holds under a model's name, and what belongs to its weights."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.engine import part_files
from skillprobe_core.engine.store import Partition, Store, file_provenance
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.chunk_log import log_version
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.project.name_claims import claimed_paths, claims_file

_PROTOCOL = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class TableFiles:
    """A model's files of one table."""

    name: str
    files: tuple[Path, ...]
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StoredModel:
    """The rows and files that a store holds of a model, or of one of its steps.

    steps: those with rows. tables: its files, by table. protocols: digests of those that rows belong to.
    studies: files of studies that include the model. claim: the file that says which folder has the name.
    logs: folders with completions of its weights, which no other stored model or step has.
    records: files with what was read of its checkpoints, which no other model has.
    base_data: spectra and hidden states of its base, if no other model has this base.
    shared: number of such logs, records and files of the base that others need as well.
    failures: tracebacks of failed computations.
    """

    model: str
    steps: tuple[int, ...]
    tables: tuple[TableFiles, ...]
    protocols: tuple[str, ...]
    studies: tuple[Path, ...]
    claim: Path | None
    logs: tuple[Path, ...] = ()
    records: tuple[Path, ...] = ()
    base_data: tuple[Path, ...] = ()
    shared: int = 0
    failures: tuple[Path, ...] = ()

    @property
    def of_weights(self) -> int:
        """Number of logs, records and files of its base: they are found by weights or places, not by the name."""
        return len(self.logs) + len(self.records) + len(self.base_data) + self.shared


def stored_models(store: Store) -> list[str]:
    """Every name that has rows in some table, or belongs to a folder, sorted."""
    named = {folder.name.removeprefix("model=") for folder in store.root.glob("*/model=*") if any(folder.iterdir())}
    return sorted(named | {file.stem for file in (store.root / "_work" / "names").glob("*.json")})


def unknown_model(store: Store, model: str) -> StoreError:
    """The error for a name that the store does not have, with those that it has."""
    known = stored_models(store)
    return StoreError(
        f"the store has no model named {model!r}",
        remedy=f"use one of: {', '.join(known)}" if known else "run `skillprobe probe FOLDER` first",
        path=store.root,
    )


def stored_model(store: Store, model: str, step: int | None = None) -> StoredModel:
    """Find the rows and files that the store holds of a model, or of one step of it.

    Raises:
        StoreError: There is no such model or step, a file is damaged, or the store is of an earlier version.
    """
    if store.written_before_protocols():
        raise StoreError("the store is of an earlier version", remedy="run `skillprobe upgrade` first", path=store.root)
    if model not in stored_models(store):
        raise unknown_model(store, model)
    files = sorted(store.root.glob(f"*/model={model}/step=*/*.parquet"))
    steps = sorted({_step(file) for file in files})
    if step is not None and step not in steps:
        raise StoreError(
            f"the store has no step {step} of model {model!r}",
            remedy=f"use one of its steps: {', '.join(map(str, steps))}",
            path=store.root,
        )
    mine = [file for file in files if step in (None, _step(file))]
    claim = claims_file(store, model)
    logs, records, base_data, shared = _of_weights(store, model, mine, step)
    return StoredModel(
        model=model,
        steps=tuple(steps) if step is None else (step,),
        tables=tuple(_tables(store, mine)),
        protocols=tuple(sorted({file.stem for file in mine if _PROTOCOL.fullmatch(file.stem)})),
        studies=tuple(_studies(store, model)),
        claim=claim if claim.exists() else None,
        logs=logs,
        records=records,
        base_data=base_data,
        shared=shared,
        failures=tuple(_failures(store, model, step)),
    )


def size_of(paths: Iterable[Path]) -> int:
    """Total size in bytes of files, and of the files in folders."""
    files = (each for path in paths for each in ([path] if path.is_file() else path.rglob("*")))
    return sum(file.stat().st_size for file in files if file.is_file())


def _step(file: Path) -> int:
    return int(file.parent.name.removeprefix("step="))


def _tables(store: Store, files: Sequence[Path]) -> Iterator[TableFiles]:
    for name in sorted({file.relative_to(store.root).parts[0] for file in files}):
        own = tuple(file for file in files if file.relative_to(store.root).parts[0] == name)
        for file in own:
            file_provenance(file)  # raises the error that names a damaged file
        rows = sum(map(part_files.row_count, own))
        yield TableFiles(name, own, rows, sum(file.stat().st_size for file in own))


def _studies(store: Store, model: str) -> Iterator[Path]:
    """Files of all tables of a study that names the model among its inputs."""
    for protocol in sorted({each for table in study_tables() for each in store.protocols(table)}):
        part = Partition.of_protocol(protocol)
        files = [store.path(table, part) for table in study_tables()]
        origins = [(file, file_provenance(file)) for file in files]
        named = [found.inputs.get("models", "").split(", ") for _, found in origins if found is not None]
        if any(model in models for models in named):
            yield from (file for file, found in origins if found is not None)


def _failures(store: Store, model: str, step: int | None) -> Iterator[Path]:
    steps = r"\d+" if step is None else str(step)
    wanted = re.compile(rf"{re.escape(model)}-{steps}-[a-z][a-z_ ]*\.txt")
    yield from sorted(file for file in (store.root / "_work" / "failures").glob("*.txt") if wanted.fullmatch(file.name))


def _of_weights(
    store: Store, model: str, mine: Sequence[Path], step: int | None
) -> tuple[tuple[Path, ...], tuple[Path, ...], tuple[Path, ...], int]:
    """Logs, records and base data that only these files belong to, and the number of those that others share."""
    others = sorted(set(store.root.glob("*/model=*/step=*/*.parquet")) - set(mine))
    own_logs, all_logs = _split(_logs(store, mine), _logs(store, others))
    claimed = {path for name in stored_models(store) if name != model for path in claimed_paths(store, name).values()}
    held = claimed_paths(store, model)
    gone = {path for each, path in held.items() if step in (None, each)}
    claimed |= {path for each, path in held.items() if step not in (None, each)}
    own_records, all_records = _split(_records(store, gone), _records(store, claimed))
    own_base, all_base = _split(_base_data(store, mine), _base_data(store, others)) if step is None else ((), ())
    shared = len(all_logs) + len(all_records) + len(all_base) - len(own_logs) - len(own_records) - len(own_base)
    return own_logs, own_records, own_base, shared


def _split(mine: set[Path], others: set[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    return tuple(sorted(mine - others)), tuple(sorted(mine))


def _logs(store: Store, files: Iterable[Path]) -> set[Path]:
    """Folders of the logs that completions in these files came from."""
    found = set()
    for file in files:
        if file.relative_to(store.root).parts[0] == GENERATIONS.name and (origin := file_provenance(file)) is not None:
            rows = part_files.rows(file, ["backend", "sampling"]).unique()
            checkpoint = origin.inputs.get("checkpoint", "")
            found |= {log_version(checkpoint, backend, sampling) for backend, sampling in rows.iter_rows()}
    folders = {store.root / "_work" / "generations" / version for version in found}
    return {folder for folder in folders if folder.exists()}


def _records(store: Store, places: set[Path]) -> set[Path]:
    """Records of what was read of checkpoints at these places, on whichever machine."""
    real = {os.path.realpath(place) for place in places}
    found = set()
    for file in (store.root / "_work" / "identities").glob("*.json"):
        try:
            place = json.loads(file.read_text(encoding="utf-8"))["places"][0]
        except (OSError, RecursionError, KeyError, IndexError, TypeError, ValueError):
            continue  # it counts as none wherever it is read
        if os.path.realpath(place) in real:
            found.add(file)
    return found


def _base_data(store: Store, files: Iterable[Path]) -> set[Path]:
    """Folders of spectra, and files of hidden states, of the bases that rows of `checkpoints` name."""
    found: set[Path] = set()
    for file in files:
        if file.relative_to(store.root).parts[0] != CHECKPOINTS.name:
            continue
        columns = ["step", "base", "weights_digest"]
        step, base, weights = part_files.rows(file, columns).row(0)
        found |= set((store.root / "_work" / "base_states").glob(f"{base[:32]}.*.safetensors"))
        if step == 0:
            found |= set((store.root / BASE_SPECTRA.name).glob(f"base={weights[:16]}"))
    return found
