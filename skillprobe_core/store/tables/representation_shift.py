"""The `representation_shift` table: how far the hidden states moved from the base's."""

import polars as pl

from skillprobe_core.store.schema import CHECKPOINT_KEYS, Column, Table

ALL_LAYERS = -1

REPRESENTATION_SHIFT = Table(
    name="representation_shift",
    version=2,
    about="One row per layer and text source, and one of all layers (-1): hidden states against the base's",
    key=("model", "step", "text_source", "layer"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("text_source", pl.String, "reference, base or own as in `logit_divergence`, or unrelated prose"),
        Column("texts", pl.String, "Digest of the token ids read (first 16 hexadecimal digits)"),
        Column("dtype", pl.String, "Type in which both models were run, see `number_types`"),
        Column("layer", pl.Int32, "0 the embeddings, then each layer's output; -1 the mean over all of them"),
        Column("tokens", pl.Int32, "Tokens whose states were compared", "tokens"),
        Column("cka", pl.Float64, "Linear centred kernel alignment, 1 where one is a rotation of the other"),
        Column("cosine", pl.Float64, "Cosine between the two models' states, mean over tokens"),
        Column("pca_shift", pl.Float64, "Length of the mean's move along the base's first two components"),
        Column("pca_shift_of_mean", pl.Float64, "Length of that move averaged over layers first; on row -1 alone"),
    ),
)
