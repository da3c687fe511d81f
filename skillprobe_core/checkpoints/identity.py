"""A checkpoint's identity, independent of its name: digests of the bytes that determine its answers."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from skillprobe_core.errors import CheckpointError

from .adapters import base_of, is_adapter
from .files import Stamp, counting_files, has_tokenizer, is_tokenizer, stamps
from .model_files import ModelFiles, ModelLike, as_files
from .weights import open_weights

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

_SAVE_AGAIN = "save the checkpoint again"
_RACY_NS = 2_000_000_000
_known: dict[ModelFiles, tuple[tuple[Stamp, ...], Identity]] = {}
_known_lock = Lock()


@dataclass(frozen=True, slots=True)
class Identity:
    """SHA-256 digests, 64 hexadecimal digits each. `digest` covers the other three."""

    digest: str
    weights_digest: str
    tokenizer_digest: str
    config_digest: str


def identity(model: ModelLike) -> Identity:
    """The identity of a checkpoint, from the bytes of its weights, tokenizer and configuration.

    An adapter's identity covers its base's. It does not depend on the path or on file times. Files are streamed, shards
    in parallel. Within a process the result is cached while names, sizes and times stay the same. Raises
    CheckpointError for weights that `open_weights` refuses, a JSON file that cannot be parsed, and a checkpoint that
    changes while it is read.
    """
    files = as_files(model)
    own = _identity(files)
    return _with_base(own, identity(base_of(files)), files) if is_adapter(files) else own


def _with_base(own: Identity, base: Identity, files: ModelFiles) -> Identity:
    """An adapter's identity: its own bytes and its base's, with the base's tokenizer unless it has one of its own."""
    tokenizer = own.tokenizer_digest if has_tokenizer(files) else base.tokenizer_digest
    config = _text_digest([own.config_digest, base.digest])
    return Identity(_text_digest([own.weights_digest, tokenizer, config]), own.weights_digest, tokenizer, config)


def _identity(files: ModelFiles) -> Identity:
    folder, place = files.path, _place(files)
    try:
        _check_folders(files)
        before = stamps(files)
        with _known_lock:
            if place in _known and _known[place][0] == before:
                return _known[place][1]
        result = _digest(files)
        after = stamps(files)
    except FileNotFoundError as error:
        raise CheckpointError(
            "the file vanished while the checkpoint was read",
            remedy="stop whatever moves, deletes or rewrites the checkpoint, then try again",
            path=error.filename or folder,
        ) from error
    except OSError as error:
        raise CheckpointError(
            f"cannot be read: {error.strerror}",
            remedy="make the folder and its files readable for this user",
            path=error.filename or folder,
        ) from error
    if after != before:
        raise CheckpointError(
            "the checkpoint changed while it was read",
            remedy="wait until the trainer has finished writing it, then try again",
            path=folder,
        )
    # A file changed twice within the clock's resolution keeps its stamp: cache only files that have settled.
    if time.time_ns() - max(file.mtime_ns for file in before) > _RACY_NS:
        with _known_lock:
            _known[place] = (before, result)
    return result


def _place(files: ModelFiles) -> ModelFiles:
    return ModelFiles(files.path.resolve(), files.weights.resolve(), files.config.resolve(), files.tokenizer.resolve())


def _check_folders(files: ModelFiles) -> None:
    for folder in (files.weights, files.config, files.tokenizer):
        if not folder.is_dir() and not (folder == files.weights and folder.is_file()):
            raise CheckpointError(
                "not a folder" if folder.exists() else "no such folder",
                remedy="correct the path; it must be the folder that holds config.json and the weights",
                path=folder,
            )


def _digest(files: ModelFiles) -> Identity:
    weights = open_weights(files).files
    with ThreadPoolExecutor(max_workers=min(len(weights), os.cpu_count() or 1)) as pool:
        digests = list(pool.map(_file_digest, weights))
    counting = counting_files(files)
    tokenizer = {
        name: _json_digest(path, _VOLATILE[name]) if name in _VOLATILE else _file_digest(path)
        for name, path in counting.items()
        if is_tokenizer(name)
    }
    config: dict[str, str] = {
        name: _json_digest(counting[name], _VOLATILE.get(name, frozenset()))
        for name in ("config.json", "adapter_config.json")
        if name in counting
    }
    if "generation_config.json" in counting:
        settings = _read_object(counting["generation_config.json"])
        config["generation_config.json"] = _text_digest({name: settings.get(name) for name in _GENERATION_FIELDS})
    weights_digest, tokenizer_digest, config_digest = map(_text_digest, (digests, tokenizer, config))
    return Identity(
        digest=_text_digest([weights_digest, tokenizer_digest, config_digest]),
        weights_digest=weights_digest,
        tokenizer_digest=tokenizer_digest,
        config_digest=config_digest,
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json_digest(path: Path, without: frozenset[str]) -> str:
    return _text_digest({name: value for name, value in _read_object(path).items() if name not in without})


def _read_object(path: Path) -> dict[str, object]:
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise CheckpointError(f"not valid JSON: {error}", remedy=_SAVE_AGAIN, path=path) from error
    if not isinstance(value, dict):
        raise CheckpointError(f"expected a JSON object, got {type(value).__name__}", remedy=_SAVE_AGAIN, path=path)
    return value


def _text_digest(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
