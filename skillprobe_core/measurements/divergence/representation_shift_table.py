"""The `representation_shift` table: shift of the hidden states from the base's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure, Grid, Shown
from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.needs import BASE, CHECKPOINT, ITEMS, TEMPLATE, setting

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


_SHOWN = ("cka", "cosine", "pca_shift", "pca_shift_of_mean")


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.models.completion_limits import shorter_context
    from skillprobe_core.models.model_loading import load_model
    from skillprobe_core.models.model_validation import comparable_tokenizer
    from skillprobe_core.models.tokenizer_loading import load_tokenizer

    from .aligned_texts import aligned
    from .compared_texts import reference_texts, within_context
    from .representation import layer_states, shift_of_states, spread, unrelated_texts
    from .shared_vocabulary import vocabulary_of

    comparable_tokenizer(probe.checkpoint.files, probe.base.files)
    tokenizer, own = load_tokenizer(probe.base.files), load_tokenizer(probe.checkpoint.files)
    sides = (vocabulary_of(probe.base.files, tokenizer), vocabulary_of(probe.checkpoint.files, own))
    positions = shorter_context(probe.base.files, probe.checkpoint.files)
    read = [
        aligned(spread(within_context(some, positions)), *sides, positions)
        for some in (reference_texts(tokenizer, probe.items, probe.prompt_format), unrelated_texts(tokenizer))
    ]
    # One model at a time, the base first: the divergence on own text left it loaded.
    models = [probe.base.files, probe.checkpoint.files]
    if probe.identity.digest == probe.base_identity.digest:
        models.pop()
    states = []
    for files, side in zip(models, ("base", "checkpoint"), strict=False):
        model = load_model(files, dtype=probe.number_type.torch, device=probe.device)
        states.append([layer_states(model, each.texts, readings=getattr(each, side)) for each in read])
    return pl.concat(
        shift_of_states(base, checkpoint, each.texts, model=probe.checkpoint.model, step=probe.checkpoint.step)
        for base, checkpoint, each in zip(states[0], states[-1], read, strict=True)
    )


def _headline(frame: pl.DataFrame) -> Shown:
    means = frame.filter(pl.col("layer") == ALL_LAYERS).select("text", "tokens", *_SHOWN).sort("text")
    return {"mean_over_layers": Grid(means, dict.fromkeys(_SHOWN, ".4g"))}


def _figure(shift: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import heat_map

    moved = shift.filter((pl.col("layer") != ALL_LAYERS) & (pl.col("text") == "unrelated")).sort("step", "layer")
    steps, numbers = (moved[name].unique().sort().to_list() for name in ("step", "layer"))
    found = {(row[0], row[1]): row[2] for row in moved.select("layer", "step", 1 - pl.col("cka")).iter_rows()}
    values = [[found.get((layer, step)) for step in steps] for layer in numbers]
    names = ["embeddings" if layer == 0 else f"layer {layer}" for layer in numbers]
    return (
        heat_map("1 - CKA with the base, unrelated text", [str(step) for step in steps], names, values),
        "shift of the hidden states from the base's, by layer and step",
    )


ALL_LAYERS = -1

REPRESENTATION_SHIFT = Table(
    name="representation_shift",
    version=3,
    about="One row per layer and text, and one for all layers (-1): hidden states compared with the base's",
    key=("model", "step", "protocol", "text", "layer"),
    columns=(
        *PROTOCOL_KEYS,
        Column("text", pl.String, "reference (the items' own text) or unrelated (other prose)", formerly="text_source"),
        Column("texts", pl.String, "Digest of the token ids read (first 16 hexadecimal digits)"),
        Column("dtype", pl.String, "Number type that both models were run in (see `number_types`)"),
        Column("layer", pl.Int32, "0 for the embeddings, then each layer's output; -1 for the mean over all"),
        Column("tokens", pl.Int32, "Number of tokens whose states were compared", "tokens"),
        Column("cka", pl.Float64, "Linear centred kernel alignment; 1 if one is a rotation of the other"),
        Column("cosine", pl.Float64, "Cosine between the two models' states, mean over tokens"),
        Column("pca_shift", pl.Float64, "Length of the mean's shift along the base's first two components"),
        Column("pca_shift_of_mean", pl.Float64, "Length of the shift averaged over layers first; in row -1 only"),
    ),
    more="Measured on the benchmark's text and on unrelated prose.",
    needs=(CHECKPOINT, BASE, ITEMS, TEMPLATE, setting("dtype", lambda probe: probe.number_type.dtype)),
    compute=_compute,
    shared_base=True,
    headline=_headline,
    figure=Figure(_figure),
    group="mechanisms",
    pool="device",
    kinds=("pytorch", "parquet"),
)
