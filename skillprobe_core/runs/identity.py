"""A checkpoint's identity, independent of its name: digests of the bytes that determine its answers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.engine.digest import digest_of_value
from skillprobe_core.errors import CheckpointError

from .adapter_update import adapts_own_tensors
from .adapters import CONFIG_FILE, base_of, is_adapter
from .bounded_files import LARGEST_LISTS, open_file, read_object
from .content_files import QUANTISATION_FILES, FileState, counting_files, file_states, has_tokenizer, is_tokenizer
from .hub_blobs import blob_digest
from .model_files import ModelFiles, ModelLike, as_files
from .weight_bytes import NotFinite, read_weight_bytes, tensors_digest
from .weights import open_weights

if TYPE_CHECKING:
    from .identity_records import IdentityRecords

# Fields that depend on who saved the checkpoint and change neither token ids nor logits.
_VOLATILE: Mapping[str, frozenset[str]] = {
    "config.json": frozenset({"_name_or_path", "name_or_path", "transformers_version", "_commit_hash", "use_cache"}),
    "tokenizer_config.json": frozenset(
        {"_name_or_path", "name_or_path", "transformers_version", "_commit_hash", "is_local", "local_files_only",
         "model_max_length", "padding_side", "truncation_side", "special_tokens_map_file", "tokenizer_file"}
    ),
    "tokenizer.json": frozenset({"padding", "truncation"}),
    # The base counts by the bytes of the folder in use, not by the name that the trainer gave it.
    "adapter_config.json": frozenset({"base_model_name_or_path", "revision", "peft_version", "inference_mode"}),
}  # fmt: skip
_GENERATION_FIELDS = ("eos_token_id", "bos_token_id", "decoder_start_token_id")


@dataclass(frozen=True, slots=True)
class Identity:
    """SHA-256 digests, 64 hexadecimal digits each. `digest` covers the other three."""

    digest: str
    weights_digest: str
    tokenizer_digest: str
    config_digest: str

    @classmethod
    def of(cls, weights_digest: str, tokenizer_digest: str, config_digest: str) -> Identity:
        """The identity with these three parts."""
        digest = digest_of_value([weights_digest, tokenizer_digest, config_digest])
        return cls(digest, weights_digest, tokenizer_digest, config_digest)


@dataclass(frozen=True, slots=True)
class Contents:
    """Results of reading every byte of a checkpoint.

    tensors_digest: SHA-256 over its tensors, the same for the same weights in other files (see `weight_bytes`); an
    adapter's covers its base's.
    not_finite: the first tensor with NaN or infinite weights; of an adapter, among its own.
    """

    tensors_digest: str
    not_finite: NotFinite | None


@dataclass(frozen=True, slots=True)
class Reading:
    """Results for a checkpoint's own files, without an adapter's base; the last two are None if they were not read."""

    identity: Identity
    tensors_digest: str | None = None
    not_finite: NotFinite | None = None


def identity(
    model: ModelLike,
    records: IdentityRecords | None = None,
    recognise: Callable[[ModelFiles, Identity], Identity] | None = None,
) -> Identity:
    """The identity of a checkpoint, from the bytes of its weights, tokenizer and configuration.

    An adapter's identity covers its base's. It does not depend on paths or on file times. A weight file that is a blob
    of a Hugging Face cache is not read: its name is its digest. With `records` nothing is read of a checkpoint that
    was read before and whose files kept their sizes, times and inodes. `recognise` may put an earlier identity of the
    same model in place of the one found, for an adapter's base as well.

    Raises CheckpointError for weights that `open_weights` refuses, a JSON file that cannot be parsed, and a checkpoint
    that changes while it is read.
    """
    files = as_files(model)
    found = _own(files, records, complete=False).identity
    if is_adapter(files):
        found = _with_base(found, identity(base_of(files), records, recognise), files)
    found = _corrected(found, files)
    return found if recognise is None else recognise(files, found)


def identity_by_bytes(
    model: ModelLike,
    records: IdentityRecords | None = None,
    recognise: Callable[[ModelFiles, Identity], Identity] | None = None,
) -> Identity:
    """The identity of a checkpoint from all its bytes, whatever is recorded of its files or stated by their names.

    Args:
        model: The checkpoint.
        records: Where the results are kept, in place of those of an earlier read.
        recognise: As of `identity`.

    Returns:
        The identity.

    Raises:
        CheckpointError: As of `identity`.
    """
    files = as_files(model)
    states, reading = read_again(files)
    if records is not None:
        records.drop(files)
        records.keep(files, states, reading)
    found = reading.identity
    if is_adapter(files):
        found = _with_base(found, identity_by_bytes(base_of(files), records, recognise), files)
    found = _corrected(found, files)
    return found if recognise is None else recognise(files, found)


def contents(model: ModelLike, records: IdentityRecords | None = None) -> Contents:
    """Tensors and finiteness of a checkpoint, from one read of its bytes. Raises what `identity` raises."""
    files = as_files(model)
    own = _own(files, records, complete=True)
    assert own.tensors_digest is not None
    if not is_adapter(files):
        return Contents(own.tensors_digest, own.not_finite)
    base = contents(base_of(files), records)
    tensors = digest_of_value([own.tensors_digest, base.tensors_digest])
    return Contents(_of_corrected(tensors) if adapts_own_tensors(open_weights(files)) else tensors, own.not_finite)


def read_again(model: ModelLike) -> tuple[tuple[FileState, ...], Reading]:
    """Read a checkpoint's own files again, those of a Hugging Face cache as well, whatever is recorded of them."""
    return _unchanged(as_files(model), lambda files: _read(files, complete=not files.command, trust_names=False))


def _with_base(own: Identity, base: Identity, files: ModelFiles) -> Identity:
    """An adapter's identity: its own bytes and its base's, with the base's tokenizer unless it has one of its own."""
    tokenizer = own.tokenizer_digest if has_tokenizer(files) else base.tokenizer_digest
    return Identity.of(own.weights_digest, tokenizer, digest_of_value([own.config_digest, base.digest]))


def _corrected(found: Identity, files: ModelFiles) -> Identity:
    """The identity with another digest of what earlier versions misread: those rows are computed once more.

    They left out the update of a tensor that an adapter also saves, and added an adapter that was left over next to a
    complete model to its completions.
    """
    weights, config = found.weights_digest, found.config_digest
    if is_adapter(files):
        if not adapts_own_tensors(open_weights(files)):
            return found
        weights = _of_corrected(weights)
    elif not files.command and os.path.isfile(files.config / CONFIG_FILE):
        config = _of_corrected(config)
    else:
        return found
    return Identity.of(weights, found.tokenizer_digest, config)


def _of_corrected(digest: str) -> str:
    return digest_of_value([digest, "corrected"])


def _own(files: ModelFiles, records: IdentityRecords | None, *, complete: bool) -> Reading:
    if records is None:
        return _unchanged(files, lambda files: _read(files, complete=complete))[1]
    recorded = records.find(files)
    if recorded is not None and not (complete and recorded.tensors_digest is None):
        return recorded
    # What is read at all is read once, for everything.
    states, found = _unchanged(files, lambda files: _read(files, complete=complete or not _named(files)))
    records.keep(files, states, found)
    return found


def _unchanged(files: ModelFiles, read: Callable[[ModelFiles], Reading]) -> tuple[tuple[FileState, ...], Reading]:
    """The result of a read during which no file changed, with the files' states."""
    try:
        _check_folders(files)
        before = file_states(files)
        result = read(files)
        after = file_states(files)
    except FileNotFoundError as error:
        raise CheckpointError(
            "the file vanished while the checkpoint was read",
            remedy="stop whatever moves, deletes or rewrites the checkpoint, then try again",
            path=error.filename or files.path,
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"cannot be read: {error.strerror}",
            remedy="make the folder and its files readable for this user"
            if isinstance(error, PermissionError)
            else "put a readable copy of the file in its place, or save the checkpoint again",
            path=error.filename or files.path,
        ) from error
    if after != before:
        raise CheckpointError(
            "the checkpoint changed while it was read",
            remedy="wait until the trainer has finished writing it, then try again",
            path=files.path,
        )
    return before, result


def _check_folders(files: ModelFiles) -> None:
    for folder in (files.weights, files.config, files.tokenizer):
        if not folder.is_dir() and not (folder == files.weights and folder.is_file()):
            raise CheckpointError(
                "not a folder" if folder.exists() else "no such folder",
                remedy="correct the path; it must be the folder that holds config.json and the weights",
                path=folder,
            )


def _named(files: ModelFiles) -> bool:
    """True if the names of all weight files give their digests, or only a converter can read the weights."""
    if files.command:
        return True
    weights = open_weights(files)
    return not weights.assembled and all(blob_digest(file) for file in weights.files)


def _read(files: ModelFiles, *, complete: bool, trust_names: bool = True) -> Reading:
    if files.command:
        return _of_trainers_files(files, complete=complete)
    weights = open_weights(files)
    if weights.assembled:  # the tensors alone identify it, whatever the number of ranks
        read = read_weight_bytes(weights)
        digest = tensors_digest(weights, read.tensors)
        return Reading(_identity(files, [digest]), digest, read.not_finite)
    named = {file: blob_digest(file) if trust_names else None for file in weights.files}
    known = {file: digest for file, digest in named.items() if digest is not None}
    if not complete:
        with ThreadPoolExecutor(max_workers=max(1, min(len(named), os.cpu_count() or 1))) as pool:
            digests = list(pool.map(lambda file: known.get(file) or _file_digest(file), weights.files))
        return Reading(_identity(files, digests))
    read = read_weight_bytes(weights, known)
    own = _identity(files, [read.files[file] for file in weights.files])
    return Reading(own, tensors_digest(weights, read.tensors), read.not_finite)


def _of_trainers_files(files: ModelFiles, *, complete: bool) -> Reading:
    """The reading of weights that only their trainer's tool converts: identified by their files and the command."""
    of_files = [[name, _file_digest(path)] for name, path in counting_files(files).items()]
    found = _identity(files, [digest_of_value(of_files), digest_of_value(files.command)])
    if not complete:
        return Reading(found)
    weights = open_weights(files)
    read = read_weight_bytes(weights)
    return Reading(found, tensors_digest(weights, read.tensors), read.not_finite)


def _identity(files: ModelFiles, weights: Sequence[str]) -> Identity:
    """The identity from the digests of the weight files and the bytes of the others."""
    # With the configuration of an adapter that is left over next to a complete model: it is never loaded, but the
    # identities of such models have always covered it.
    counting = counting_files(files)
    tokenizer = {
        name: _json_digest(path, _VOLATILE[name]) if name in _VOLATILE else blob_digest(path) or _file_digest(path)
        for name, path in counting.items()
        if is_tokenizer(name)
    }
    config: dict[str, str] = {
        name: _json_digest(counting[name], _VOLATILE.get(name, frozenset()))
        for name in ("config.json", "adapter_config.json", *QUANTISATION_FILES)
        if name in counting
    }
    if "generation_config.json" in counting:
        settings = read_object(counting["generation_config.json"])
        config["generation_config.json"] = digest_of_value({name: settings.get(name) for name in _GENERATION_FIELDS})
    return Identity.of(digest_of_value(weights), digest_of_value(tokenizer), digest_of_value(config))


def _file_digest(path: Path) -> str:
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json_digest(path: Path, without: frozenset[str]) -> str:
    return digest_of_value(
        {name: value for name, value in read_object(path, LARGEST_LISTS).items() if name not in without}
    )
