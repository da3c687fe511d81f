"""Generation with transformers: batches of similar length, on the model's device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import transformers
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.backend import (
    BackendOffer,
    Completion,
    Opening,
    Request,
    SamplingSettings,
    in_batch_order,
)
from skillprobe_core.models.completion_limits import context_length, end_ids, token_limit
from skillprobe_core.models.completion_text import completion_text, finish_reason, stop_finder
from skillprobe_core.models.decoding.decoding import BadLogitsError, Row
from skillprobe_core.models.decoding.decoding_choice import decoding_of
from skillprobe_core.models.decoding.decoding_threads import fitting_threads
from skillprobe_core.models.decoding.packing import packed_linears
from skillprobe_core.models.device_memory import enough_memory, halved
from skillprobe_core.models.memory_batches import fitting_rows
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.runs.model_files import ModelLike, as_files

# Most rows of a batch, within the memory for their caches. More gain nothing on a CPU; nor do more tokens, unless rows
# are so long that few of them make up a batch.
_ROWS_PER_BATCH = {"cpu": 128, "cuda": 1024}
_TOKENS_ON_CPU, _FEWEST_ON_CPU = 32_768, 16
_LESS = "set a lower `max_new_tokens` under [sampling] in skillprobe.toml"


class TransformersBackend:
    """Completions from a loaded model; `path` names it in messages."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        path: Path,
        *,
        batch_rows: int | None = None,
    ) -> None:
        self.model, self.tokenizer, self.path = model, tokenizer, path
        decoding = decoding_of(model)
        self._decode = decoding.decode
        self._rows = batch_rows or _ROWS_PER_BATCH.get(model.device.type, 256)
        config = model.config.get_text_config(decoder=True)
        self._end_ids = end_ids(model.generation_config, config, tokenizer)
        if decoding.first_position:
            # The position before the first is the padding token's id. Such classes do not count padding in a text.
            self._end_ids |= {decoding.first_position - 1}
        self.positions = context_length(config)

    @classmethod
    def from_folder(
        cls, checkpoint: ModelLike, *, dtype: torch.dtype | None = None, device: str = "auto"
    ) -> TransformersBackend:
        """Load the checkpoint (see `load_model`) and its tokenizer."""
        return cls(
            load_model(checkpoint, dtype=dtype, device=device), load_tokenizer(checkpoint), as_files(checkpoint).path
        )

    @property
    def name(self) -> str:
        """Library, version, storage type and device."""
        return f"transformers {transformers.__version__} {self.dtype} {self.model.device.type}"

    @property
    def dtype(self) -> str:
        """Type of the loaded weights, by torch's name."""
        return str(self.model.dtype).removeprefix("torch.")

    def complete(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions as rows finish, the longest prompts first.

        Raises CheckpointError for NaN logits, SettingsError for a prompt that leaves no room for an answer.
        """
        if not requests:
            return
        with packed_linears(self.model):
            for batch in self._batches(requests, settings):
                yield from self._decoded(batch, settings)

    def close(self) -> None:
        """Do nothing: the loaded model serves the stages that follow (see `load_model`)."""

    def _decoded(self, batch: Sequence[Request], settings: SamplingSettings) -> Iterator[Completion]:
        """Completions of a batch, halved while the device runs out of memory."""
        try:
            with enough_memory(self.model.device, "a single completion", _LESS, self.path):
                for _, completion in halved(batch, lambda part: self._decoded_at_once(part, settings)):
                    yield completion
        except BadLogitsError as error:
            raise CheckpointError(
                "the model's output is NaN or infinite, so no token can be chosen",
                remedy='set dtype = "float32" under [compute] in skillprobe.toml, in case the type overflows; if that '
                "does not help, evaluate an earlier checkpoint, since the training has diverged",
                path=self.path,
            ) from error

    def _decoded_at_once(
        self, batch: Sequence[Request], settings: SamplingSettings
    ) -> Iterator[tuple[int, Completion]]:
        stopped = stop_finder(self.tokenizer, settings)
        rows = [
            Row(each.prompt_ids, each.seed, token_limit(each, settings, self.positions, self.path), each.shared)
            for each in batch
        ]
        with fitting_threads(self.model):
            for number, ids in self._decode(self.model, rows, settings, self._end_ids, stopped):
                ended = ids[-1] in self._end_ids
                text, cut = completion_text(self.tokenizer, ids[:-1] if ended else ids, settings)
                request = batch[number]
                reason = finish_reason(ended, cut)
                yield number, Completion(request.item_id, request.sample, tuple(ids), text, reason)

    def _batches(self, requests: Sequence[Request], settings: SamplingSettings) -> Iterator[list[Request]]:
        ordered = in_batch_order(requests)
        while ordered:
            first = ordered[: self._rows]
            columns = max(len(each.prompt_ids) for each in first)
            columns += max(settings.limit_of(each.reference_tokens) for each in first)
            size = min(self._rows, self._rows_of(columns))
            yield ordered[:size]
            ordered = ordered[size:]

    def _rows_of(self, columns: int) -> int:
        """Rows of so many tokens in a batch."""
        fitting = fitting_rows(self.model, columns) or _FEWEST_ON_CPU
        if self.model.device.type == "cpu":
            return min(fitting, max(_TOKENS_ON_CPU // columns, _FEWEST_ON_CPU))
        return fitting


def _open(opening: Opening) -> TransformersBackend:
    return TransformersBackend.from_folder(opening.checkpoint, dtype=opening.dtype, device=opening.device)


BACKEND = BackendOffer(name="transformers", open=_open, order=10)
