"""Copies of weights that libraries can read: of shards, and of what only a trainer's own tool converts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.errors import CheckpointError
from skillprobe_core.machine.file_locks import locked

from .content_files import file_states, has_tokenizer, is_weights
from .layouts.layout import quoted
from .model_files import ModelFiles
from .run_command import LOG, run_command
from .scratch import Scratch, gigabytes
from .scratch_entries import FINISHED, remove, size_of
from .sharded.safetensors_copy import copy_size, write_safetensors
from .sharded.sharded_folder import is_sharded
from .sharded.sharded_weights import open_sharded
from .weight_lengths import all_written
from .weights import ADAPTER_FILE, SINGLE_FILE, open_weights

_ADAPTER = "lora_adapter"
_WITHOUT_LIMITS = (1 << 62, 0, 3600.0)


def needs_copy(files: ModelFiles) -> bool:
    """True if libraries can only read a copy of the weights."""
    return bool(files.command) or is_sharded(files.weights)


@contextmanager
def readable(files: ModelFiles) -> Iterator[ModelFiles]:
    """The same model with weights that libraries can read; without a scratch folder, a copy is temporary.

    Raises CheckpointError where a copy cannot be made.
    """
    if not needs_copy(files):
        yield files
    elif files.scratch is not None:
        yield copied(files)
    else:
        with TemporaryDirectory(prefix="skillprobe-") as name:
            yield copied(files.kept_in(Scratch(Path(name), *_WITHOUT_LIMITS)))


def copied(files: ModelFiles) -> ModelFiles:
    """The model with a copy of its weights in its scratch folder, which is made unless it is there.

    Raises:
        CheckpointError: There is no room, a shard is damaged, or the converter fails.
    """
    if files.scratch is None:
        raise CheckpointError(
            "the weights have to be converted first, which only happens for the checkpoints of a store",
            remedy="evaluate it with `skillprobe watch` or `skillprobe probe`",
            path=files.path,
        )
    place = _place(files, files.scratch)
    place.parent.mkdir(parents=True, exist_ok=True)
    with locked(place.parent / f".{place.name}.lock"):
        if not place.is_dir():
            _make(files, files.scratch, place)
            if _place(files, files.scratch) != place:
                remove(place)
                raise CheckpointError(
                    "the checkpoint changed while its weights were converted",
                    remedy="wait until the trainer has finished writing it, then evaluate it again",
                    path=files.path,
                )
        (place / FINISHED).unlink(missing_ok=True)
        os.utime(place)
    return _of_copy(files, place)


def finish_copy(files: ModelFiles, *, keep: bool) -> None:
    """Remove a model's copy, or with `keep` leave it until its room is needed."""
    if files.scratch is None or not needs_copy(files):
        return
    try:
        place = _place(files, files.scratch)
    except OSError:
        return  # the checkpoint is gone: its copy makes room when that is needed
    if not keep:
        remove(place)
    elif place.is_dir():
        (place / FINISHED).touch()


def _place(files: ModelFiles, scratch: Scratch) -> Path:
    """The folder of the copy, by the state of the files and the command."""
    states = [[str(each.path), *astuple(each)[1:]] for each in file_states(files)]
    return scratch.copies / digest_of_value([files.command, states])[:32]


def _of_copy(files: ModelFiles, place: Path) -> ModelFiles:
    """The copy's weights, with its own configuration and tokenizer, or else those of the checkpoint.

    verl's converter writes a model without its adapter, and the adapter to a folder in it: that one is the checkpoint.
    """
    adapter = place / _ADAPTER
    weights = adapter if (adapter / ADAPTER_FILE).is_file() else place
    tokenizer = place if has_tokenizer(replace(files, tokenizer=place)) else files.tokenizer
    config = weights if weights == adapter or (place / "config.json").is_file() else files.config
    return replace(files, weights=weights, config=config, tokenizer=tokenizer, command="")


def _make(files: ModelFiles, scratch: Scratch, place: Path) -> None:
    work = place.with_name(f".{place.name}.work")
    shutil.rmtree(work, ignore_errors=True)  # of a process that was ended
    work.mkdir(parents=True)
    try:
        if files.command:
            _convert(files, scratch, work)
        else:
            weights = open_sharded(files)
            scratch.make_room(copy_size(weights))
            write_safetensors(weights, work / SINGLE_FILE)
        work.rename(place)
    except OSError as error:
        raise CheckpointError(
            f"a copy of the weights cannot be written: {error.strerror or error}",
            remedy="name a `folder` with enough space under [scratch] in skillprobe.toml",
            path=scratch.folder,
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _convert(files: ModelFiles, scratch: Scratch, work: Path) -> None:
    scratch.make_room(size_of(files.weights))
    out = work / "out"

    def exceeded() -> str | None:
        reason = scratch.lacks(0)
        return None if reason is None else f"it left no room for {gigabytes(size_of(work))}: {reason}"

    try:
        run_command(_command(files, out), work / LOG, seconds=scratch.seconds, exceeded=exceeded)
    except CheckpointError as error:
        raise CheckpointError(error.cause, remedy=error.remedy, path=files.path) from error
    _check(files, out)
    for each in list(out.iterdir()):
        os.replace(each, work / each.name)
    out.rmdir()
    (work / LOG).unlink()


def _command(files: ModelFiles, out: Path) -> str:
    base = "" if files.base is None else quoted(files.base.path)
    return files.command.format(path=quoted(files.pinned or files.path), base=base, out=quoted(out))


def _check(files: ModelFiles, out: Path) -> None:
    """Raise CheckpointError unless the converter wrote a model that can be read."""
    names = sorted(os.listdir(out)) if out.is_dir() else []
    if not any(is_weights(name) for name in names) or not all_written(out):
        fault = f"the folder holds {', '.join(names[:5])}" if names else "there is no such folder, or it is empty"
        if any(map(is_weights, names)):
            try:
                open_weights(out)
            except CheckpointError as error:
                fault = error.cause
        raise CheckpointError(
            f"the converter ended without a model in the folder that it was given as {{out}}: {fault}",
            remedy=f"correct `convert` in skillprobe.toml so that it writes safetensors files of a model to {{out}} "
            f"itself: {files.command}",
            path=files.path,
        )
