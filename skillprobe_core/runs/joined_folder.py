"""One folder for libraries that read all parts of a model from the same place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from skillprobe_core.errors import CheckpointError

from .bounded_files import LARGEST_LISTS, RefusedFile, check_file
from .chosen_files import chosen_files, files_aside, misleading
from .content_files import counting_files
from .model_files import ModelFiles
from .readable_copy import readable

_TEXTS = (".jinja", ".json", ".model", ".tiktoken", ".txt")


@contextmanager
def in_one_folder(files: ModelFiles) -> Iterator[Path]:
    """A folder that holds the files of a model and no other that a library could read in their place.

    It is the model's own, or a temporary one with links to `chosen_files`: where the parts lie apart, or where the
    model's folder also holds weights in another format, shards of an earlier save or a left-over adapter. Of weights in
    shards it has a copy, see `readable`. Raises CheckpointError where that cannot be made.
    """
    check_files(files)
    with readable(files) as model, _joined(model) as folder:
        yield folder


def check_files(files: ModelFiles) -> None:
    """Check that libraries can read a model's folders: its weights and texts are regular files of a usual size.

    Raises:
        CheckpointError: One is a pipe, a device, a link to a file of another name elsewhere, or too large.
    """
    for folder in {files.config, files.tokenizer, *([] if files.weights.is_file() else [files.weights])}:
        for path in (*folder.iterdir(), *folder.glob("additional_chat_templates/*")):
            if path.suffix in _TEXTS and not path.is_dir() and (size := check_file(path).st_size) > LARGEST_LISTS:
                raise RefusedFile(
                    f"not read, since it is too large: {size} bytes, more than {LARGEST_LISTS}",
                    remedy="save the checkpoint again, or restore this file",
                    path=path,
                )


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
