"""The `generations` table: what checkpoints answered."""

import polars as pl

from skillprobe_core.store.schema import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

GENERATIONS = Table(
    name="generations",
    version=3,
    about="One row per item and sample: the completion that a checkpoint gave",
    key=("model", "step", "item_set", "item_id", "sample"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        Column("completion", pl.String, "The answer: the text generated after prompt and reasoning, no special tokens"),
        Column("reasoning", pl.String, "What a thinking model wrote before it, markers included; null where nothing"),
        Column("finish_reason", pl.String, "stop (an end token), stop_text or length (the token limit)"),
        Column("prompt_tokens", pl.Int32, "Length of the prompt", "tokens"),
        Column("completion_tokens", pl.Int32, "All tokens generated, reasoning and end token included", "tokens"),
        Column("reasoning_tokens", pl.Int32, "How many of them are reasoning, markers included", "tokens"),
        Column("backend", pl.String, "What ran the model"),
        Column("dtype", pl.String, "Type in which it was run, see `number_types`; null where a server chose it"),
        Column("sampling", pl.String, "Sampling settings as canonical JSON"),
        Column("seed", pl.Int64, "Seed of the row; null for greedy decoding"),
        Column("prompt_digest", pl.String, "Digest of the token ids sent (first 16 hexadecimal digits)"),
    ),
)
