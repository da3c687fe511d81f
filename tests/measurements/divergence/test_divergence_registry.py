"""One file is enough for a divergence measure."""

from pathlib import Path

import polars as pl
import pytest

from tests.copied_package import run_with_addition

# The whole addition: one file with two functions and their declarations.
ADDITION = """
from skillprobe_core.measurements.divergence.divergence_measure import ItemMeasure, Measure


def _hellinger(pair):
    return ((pair.log_p / 2).exp() - (pair.log_q / 2).exp()).square().sum(-1).div(2).sqrt()


def _first_kl(item):
    return float(item.values["forward_kl"][0])


HELLINGER = Measure(
    name="hellinger",
    function=_hellinger,
    of_item="Hellinger distance, mean over the item's tokens, at most 1",
    of_token="Hellinger distance, at most 1",
    at_least=0.0,
    study="Hellinger distance",
    headline=True,
    figure="Hellinger distance",
)
FIRST_KL = ItemMeasure(name="first_kl", function=_first_kl, meaning="KL of the item's first token", study="first KL")
"""


def test_one_file_adds_a_measure_everywhere(tmp_path: Path) -> None:
    run_with_addition(
        tmp_path,
        "measurements/divergence/measures/hellinger.py",
        ADDITION,
        "tests.measurements.divergence.test_divergence_registry:hellinger_is_there",
    )


def hellinger_is_there(folder: Path) -> None:
    """Runs with the copy: measures two real models and looks for the new measures wherever measures are shown."""
    import skillprobe_core.engine.store as store_module
    from skillprobe_core.engine.store import Partition, Provenance, Store
    from skillprobe_core.measurements.divergence.compare_texts import compare_texts, encoded_texts
    from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
    from skillprobe_core.measurements.divergence.token_divergence_table import TOKEN_DIVERGENCE
    from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
    from skillprobe_core.measurements.study.checkpoint_measures import checkpoint_measures, measure_labels
    from tests.measurements.divergence.conftest import build_model, build_tokenizer, move_weights

    assert Path(store_module.__file__).is_relative_to(folder)
    base = build_model("llama")
    texts = [("What is 2 + 3?", "Answer: 5"), ("Name it.", "Answer: x")]
    items = pl.DataFrame(
        [{"item_set": "s", "item_id": prompt, "prompt": prompt, "reference": text} for prompt, text in texts]
    )
    tokenizer = build_tokenizer()
    found = compare_texts(
        base,
        move_weights(base, 0.05),
        tokenizer,
        encoded_texts(tokenizer, items),
        model="m",
        step=1,
        with_tokens=True,
    )
    store, part = Store(folder / "store"), Partition.checkpoint("m", 1, "0" * 16)
    assert found.tokens is not None
    store.write(LOGIT_DIVERGENCE, part, found.items, Provenance("v", "1"))
    store.write(TOKEN_DIVERGENCE, part, found.tokens, Provenance("v", "1"))
    per_item, per_token = store.read(LOGIT_DIVERGENCE, part), store.read(TOKEN_DIVERGENCE, part)
    assert per_item.select("hellinger", "first_kl").null_count().row(0) == (0, 0)
    means = per_token.group_by("item_id").agg(pl.col("hellinger").cast(pl.Float64).mean()).sort("item_id")
    assert means["hellinger"].to_list() == pytest.approx(per_item.sort("item_id")["hellinger"].to_list())
    assert 0 < means["hellinger"].min() < means["hellinger"].max() < 1
    first = per_token.filter(position=0).sort("item_id")["forward_kl"].to_list()
    assert per_item.sort("item_id")["first_kl"].to_list() == pytest.approx(first)

    measures = checkpoint_measures(per_item, pl.DataFrame(schema=PARAMETER_STATS.polars_schema), "s")
    assert {"hellinger", "first_kl", "forward_kl"} <= set(measures["measure"])
    assert measure_labels()["hellinger"] == "Hellinger distance"
    assert "Hellinger distance" in LOGIT_DIVERGENCE.figure.draw(per_item, store, part.protocol)[0]
    assert "hellinger" in LOGIT_DIVERGENCE.headline(per_item)["mean_per_token"].frame.columns
    (check,) = LOGIT_DIVERGENCE.checks
    assert check.find(None, per_item).passed
    assert not check.find(None, per_item.with_columns(hellinger=-pl.col("hellinger"))).passed
