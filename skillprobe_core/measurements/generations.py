"""The `generations` table: the checkpoints' completions."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table
from skillprobe_core.store.readings import READING

GENERATIONS = Table(
    name="generations",
    version=4,
    about="One row per item, sample and reading: the checkpoint's completion",
    key=("model", "step", "item_set", "item_id", "sample", "reading"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        READING,
        Column("completion", pl.String, "The answer: the text generated after prompt and reasoning, no special tokens"),
        Column(
            "reasoning", pl.String, "Reasoning of a thinking model before the answer, with its markers; null if none"
        ),
        Column(
            "finish_reason",
            pl.String,
            "stop (an end token), stop_text, length (the token limit) or too_long (the prompt leaves no room)",
        ),
        Column("prompt_tokens", pl.Int32, "Length of the prompt", "tokens"),
        Column("completion_tokens", pl.Int32, "Generated tokens, including reasoning and end token", "tokens"),
        Column("reasoning_tokens", pl.Int32, "Number of these that are reasoning, including its markers", "tokens"),
        Column(
            "completion_ids",
            pl.List(pl.Int32),
            "Ids of the generated tokens, as sampled; null if a server did not report them",
        ),
        Column("backend", pl.String, "Backend that ran the model"),
        Column(
            "dtype", pl.String, "Number type that the model was run in (see `number_types`); null if a server chose it"
        ),
        Column("sampling", pl.String, "Sampling settings as canonical JSON"),
        Column("seed", pl.Int64, "Seed of the row; null for greedy decoding"),
        Column("prompt_digest", pl.String, "Digest of the token ids sent (first 16 hexadecimal digits)"),
    ),
)
