"""The `representation_shift` table: shift of the hidden states from the base's."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

ALL_LAYERS = -1

REPRESENTATION_SHIFT = Table(
    name="representation_shift",
    version=2,
    about="One row per layer and text source, and one for all layers (-1): hidden states compared with the base's",
    key=("model", "step", "text_source", "layer"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("text_source", pl.String, "reference, base or own as in `logit_divergence`, or unrelated prose"),
        Column("texts", pl.String, "Digest of the token ids read (first 16 hexadecimal digits)"),
        Column("dtype", pl.String, "Number type that both models were run in (see `number_types`)"),
        Column("layer", pl.Int32, "0 for the embeddings, then each layer's output; -1 for the mean over all"),
        Column("tokens", pl.Int32, "Number of tokens whose states were compared", "tokens"),
        Column("cka", pl.Float64, "Linear centred kernel alignment; 1 if one is a rotation of the other"),
        Column("cosine", pl.Float64, "Cosine between the two models' states, mean over tokens"),
        Column("pca_shift", pl.Float64, "Length of the mean's shift along the base's first two components"),
        Column("pca_shift_of_mean", pl.Float64, "Length of the shift averaged over layers first; in row -1 only"),
    ),
)
