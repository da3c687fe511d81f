"""The folder that holds a model's name: rows of one run are never replaced by, or mixed with, those of another.

The store keeps the path and the digest of every checkpoint that was probed, by model and step: in a small file per
model, written before any row is, and in the `checkpoints` table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.engine import part_files
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.store_errors import writing
from skillprobe_core.errors import CheckpointError, SkillprobeError
from skillprobe_core.machine.unfinished_files import replace_text
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.identity import identity
from skillprobe_core.runs.model_naming import model_name
from skillprobe_core.runs.places import LEVELS, checkpoint_of, locate

from .renamed_models import renamed_to
from .stored_models.store_change import unfinished


@dataclass(frozen=True, slots=True)
class Held:
    """The path that a (model, step) was probed from, its digest then, and the run folder that it belonged to.

    `firm` is false of a base that was only probed as the base of a run: while no checkpoint was compared with it,
    another base may take its place, since the first one may have been named by mistake.
    """

    path: Path
    digest: str
    run: Path
    firm: bool = True


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checkpoint that is to be probed. `needed_by` is the run folder that a base is probed for, None if for itself;
    `base` is the base of a checkpoint."""

    checkpoint: Checkpoint
    digest: str
    needed_by: Path | None
    base: Path

    @property
    def run(self) -> Path:
        """The run folder that the checkpoint belongs to."""
        return self.checkpoint.run_folder


def claim(probe: Probe) -> None:
    """Take (model, step) and the model's base for a probe; raises CheckpointError when another folder holds the name.

    A checkpoint rewritten in place, and a run folder that moved with its checkpoints, do not conflict. The earlier name
    of a model that was renamed is refused to the same run folder, whose rows would exist twice. Raises StoreError while
    a rename or removal of the model is interrupted.
    """
    store, model = probe.store, probe.checkpoint.model
    wanted = list(_wanted(probe))
    with store.lock(f"name-{model}"):
        before = _held(store, model)
        held = _claimed(probe, wanted, before)
        if held != before:
            _write(store, model, held)


def check_claim(probe: Probe) -> None:
    """Raise the CheckpointError that `claim` would raise; takes and writes nothing."""
    _claimed(probe, list(_wanted(probe)), _held(probe.store, probe.checkpoint.model))


def _claimed(probe: Probe, wanted: Sequence[Wanted], held: Mapping[int, Held]) -> Mapping[int, Held]:
    """Records after these checkpoints have their names; raises CheckpointError when another folder holds one."""
    store, model = probe.store, probe.checkpoint.model
    if (interrupted := unfinished(store, [model])) is not None:
        raise interrupted
    now = renamed_to(store, model, probe.run or probe.checkpoint.run_folder)
    if now is not None:
        raise CheckpointError(
            f"model {model!r} of this folder was renamed to {now!r}",
            remedy=f'go on under that name: --model {now} on the command line, or model = "{now}" of its run in '
            f"skillprobe.toml; `skillprobe rename {now} {model}` takes the rename back",
            path=probe.checkpoint.path,
        )

    def digest_of(path: Path) -> str:
        return identity(checkpoint_of(path, probe.project.layouts).files.on(probe.base.files), probe.records).digest

    for each in wanted:
        other = conflict(each, held, depends=lambda digest: _depends(store, model, digest), digest_of=digest_of)
        if other is not None:
            raise CheckpointError(
                f"the model name {model!r} belongs to {other}: results of this folder would replace or join "
                "those of that one",
                remedy='give this one a name of its own: --model NAME on the command line, or model = "NAME" of '
                "its run in skillprobe.toml",
                path=each.checkpoint.path,
            )
        held = _after(each, held)
    return held


def conflict(
    wanted: Wanted,
    held: Mapping[int, Held],
    *,
    depends: Callable[[str], bool],
    digest_of: Callable[[Path], str],
) -> Path | None:
    """The other folder that holds a checkpoint's name; None when there is none.

    A base conflicts with another one by path and digest if the other was probed for itself or if a checkpoint was
    compared with it (`depends`); a checkpoint of the run that was probed without a base gives way to the run's base.
    For any other step:
    - a folder with another digest at this step holds the name;
    - so does another run folder with any step of the model, while it exists;
    - so does one that is gone, unless one of its checkpoints is here with the same digest: then it has moved here.
    A checkpoint that belongs to no run, and whose own name is not the model's, was named by hand, step by step: for it
    only its own step counts.
    """
    checkpoint, own = wanted.checkpoint, held.get(wanted.checkpoint.step)
    if own is not None and (own.digest == wanted.digest or _same(own.path, checkpoint.path)):
        own = None
    if checkpoint.step == 0:
        return own.path if own is not None and not _gives_way(own, wanted.needed_by, depends) else None
    if own is not None:
        return own.path
    mine = _holder(checkpoint.model, checkpoint.path, wanted.run)
    others = {} if mine is None else _others(checkpoint.model, mine, wanted.base, held)
    for each in others.values():
        if os.path.lexists(each.run):
            return each.run
    moved = any(_is_here(step, each, wanted, digest_of) for step, each in others.items())
    return None if moved or not others else next(iter(others.values())).run


def _wanted(probe: Probe) -> Iterator[Wanted]:
    """The checkpoint, and its base where that is another one."""
    base = probe.base.path
    yield Wanted(probe.checkpoint, probe.identity.digest, probe.run, base)
    if not probe.is_base and not _same(base, probe.checkpoint.path):
        yield Wanted(probe.base, probe.base_identity.digest, probe.checkpoint.run_folder, base)


def _gives_way(base: Held, needed_by: Path | None, depends: Callable[[str], bool]) -> bool:
    """True if another base may take the place of this one, in a probe of that run."""
    if needed_by is None:
        return False
    if base.firm:
        return base.run != base.path and _same(base.run, needed_by)
    return not depends(base.digest)


def _others(model: str, mine: Path, base: Path, held: Mapping[int, Held]) -> dict[int, Held]:
    """Records of folders other than `mine` under the name, without the bases of runs."""
    return {
        step: each
        for step, each in held.items()
        if (step > 0 or (each.firm and not _same(each.path, base)))
        and (holder := _holder(model, each.path, each.run)) is not None
        and not _same(holder, mine)
    }


def _is_here(step: int, each: Held, wanted: Wanted, digest_of: Callable[[Path], str]) -> bool:
    if step == wanted.checkpoint.step:
        return each.digest == wanted.digest
    path = _moved(each, wanted.run)
    try:
        return path.exists() and digest_of(path) == each.digest
    except SkillprobeError:
        return False


def _holder(model: str, path: Path, run: Path) -> Path | None:
    """The run folder that holds the name through this checkpoint; None for one that was named by hand."""
    return run if run != path or model_name(run) == model else None


def _moved(held: Held, run: Path) -> Path:
    """The checkpoint's place in another run folder."""
    return run / os.path.relpath(held.path, held.run)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _after(wanted: Wanted, held: Mapping[int, Held]) -> dict[int, Held]:
    """Records after the checkpoint has its name; all steps of a run that moved are recorded at the new place."""
    checkpoint, own = wanted.checkpoint, held.get(wanted.checkpoint.step)
    mine = _holder(checkpoint.model, checkpoint.path, wanted.run) if checkpoint.step else None
    moved = {} if mine is None else _others(checkpoint.model, mine, wanted.base, held)
    places = {step: Held(_moved(each, wanted.run), each.digest, wanted.run) for step, each in moved.items()}
    firm = checkpoint.step > 0 or wanted.needed_by is None
    firm = firm or (own is not None and own.firm and own.digest == wanted.digest)
    return {**held, **places, checkpoint.step: Held(checkpoint.path, wanted.digest, wanted.run, firm)}


def claims_file(store: Store, model: str) -> Path:
    """The file with the records of a model, which need not exist."""
    return store.work("names") / f"{model}.json"


def claimed_paths(store: Store, model: str) -> dict[int, Path]:
    """The path that each step of a model was probed from."""
    return {step: each.path for step, each in _held(store, model).items()}


def claimed_folders(store: Store, model: str) -> set[Path]:
    """The run folders that the name belongs to, and a base that was probed for itself."""
    return {each.run for step, each in _held(store, model).items() if step > 0 or each.firm}


def claims_text(store: Store, model: str, without: frozenset[int] = frozenset()) -> str:
    """Content of a file with the records of a model, some steps left out; they do not name the model."""
    return _text({step: each for step, each in _held(store, model).items() if step not in without})


def _held(store: Store, model: str) -> dict[int, Held]:
    """Records of the model's file, completed from the `checkpoints` table: the file may be older or missing."""
    try:
        entries = json.loads(claims_file(store, model).read_text(encoding="utf-8"))
        held = {int(step): _record(model, *entry) for step, entry in entries.items()}
    except (OSError, AttributeError, RecursionError, TypeError, ValueError):
        held = {}
    stored = {step: row for step, row in _rows(store, model, without=held)}
    alone = not any(step > 0 for step in (*held, *stored))
    return held | {step: _record(model, path, digest, step > 0 or alone) for step, (path, digest, _) in stored.items()}


def _record(model: str, path: str, digest: str, firm: bool, run: str | None = None) -> Held:
    """A record; one that states no run folder (of an earlier version, or a row of `checkpoints`) gets it here.

    The path may be gone. Then it is the nearest folder whose name is the model's.
    """
    place = Path(path)
    if run is None:
        found, near = locate(place), (place, *place.parents[:LEVELS])
        of_run = found.run if found else next((each for each in near if model_name(each) == model), place)
    else:
        of_run = Path(run)
    return Held(place, digest, of_run, firm)


def _depends(store: Store, model: str, digest: str) -> bool:
    """True if a stored checkpoint of the model was compared with the base of that digest."""
    return any(base == digest for step, (_, _, base) in _rows(store, model, without={}) if step > 0)


def _rows(store: Store, model: str, without: Mapping[int, Held]) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Step, and path, digest and base of its row in `checkpoints`, for the steps that are not in `without`."""
    for step in store.steps(CHECKPOINTS, model):
        if step not in without:
            part = Partition.checkpoint(model, step)
            store.provenance(CHECKPOINTS, part)  # raises the error that names a damaged file
            file, columns = store.path(CHECKPOINTS, part), ["path", "digest", "base"]
            yield step, part_files.rows(file, columns).row(0)


def _write(store: Store, model: str, held: Mapping[int, Held]) -> None:
    store.scratch("names")
    file = claims_file(store, model)
    with writing(store.root):
        replace_text(file, _text(held))


def _text(held: Mapping[int, Held]) -> str:
    return json.dumps(
        {step: [str(each.path), each.digest, each.firm, str(each.run)] for step, each in sorted(held.items())}
    )
