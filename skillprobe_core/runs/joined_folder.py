"""One folder for libraries that read all parts of a model from the same place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from .adapters import CONFIG_FILE, is_adapter
from .content_files import counting_files
from .model_files import ModelFiles
from .readable_copy import readable
from .weights import ADAPTER_FILE, SINGLE_FILE

_ADAPTERS = "adapter_"


@contextmanager
def in_one_folder(files: ModelFiles) -> Iterator[Path]:
    """The folder that holds all parts of a model; where they lie apart, a temporary one with links to them.

    Merged weights also get one without the adapter next to them, which transformers would add a second time. Of weights
    in shards it has a copy, see `readable`. Raises CheckpointError where that cannot be made.
    """
    with readable(files) as model, _joined(model) as folder:
        yield folder


@contextmanager
def _joined(files: ModelFiles) -> Iterator[Path]:
    merged = not is_adapter(files) and (files.config / CONFIG_FILE).is_file()
    if files.weights == files.config == files.tokenizer and not merged:
        yield files.weights
        return
    with TemporaryDirectory(prefix="skillprobe-") as name:
        folder = Path(name)
        for file, path in counting_files(files).items():
            if not (merged and file.startswith(_ADAPTERS)):
                (folder / file).symlink_to(path.resolve())
        if files.weights.is_file():
            single = folder / (ADAPTER_FILE if is_adapter(files) else SINGLE_FILE)
            (folder / files.weights.name).rename(single)
        yield folder
