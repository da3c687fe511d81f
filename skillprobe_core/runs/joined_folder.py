"""One folder for libraries that read all parts of a model from the same place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from skillprobe_core.errors import CheckpointError

from .chosen_files import chosen_files, files_aside, misleading
from .content_files import counting_files
from .model_files import ModelFiles
from .readable_copy import readable


@contextmanager
def in_one_folder(files: ModelFiles) -> Iterator[Path]:
    """A folder that holds the files of a model and no other that a library could read in their place.

    It is the model's own, or a temporary one with links to `chosen_files`: where the parts lie apart, or where the
    model's folder also holds weights in another format, shards of an earlier save or a left-over adapter. Of weights in
    shards it has a copy, see `readable`. Raises CheckpointError where that cannot be made.
    """
    with readable(files) as model, _joined(model) as folder:
        yield folder


@contextmanager
def _joined(files: ModelFiles) -> Iterator[Path]:
    try:
        chosen = chosen_files(files)
    except CheckpointError:  # no weights, which loading the model reports; a tokenizer can be loaded alone
        chosen = counting_files(files)
    together = files.weights == files.config == files.tokenizer
    if together and not misleading(files.weights, chosen):
        yield files.weights
        return
    with TemporaryDirectory(prefix="skillprobe-") as name:
        folder = Path(name)
        for file, path in (files_aside(files.config) | files_aside(files.tokenizer) | chosen).items():
            (folder / file).symlink_to(path.resolve())
        yield folder
