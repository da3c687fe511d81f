"""Item rows: means over the tokens of all samples."""

import numpy as np
import pytest

from skillprobe_core.measurements.divergence.divergence_registry import per_token
from skillprobe_core.measurements.divergence.item_summary import item_row
from skillprobe_core.measurements.divergence.token_texts import Text


def token_values(tokens, seed=0, **given_values):
    rng = np.random.default_rng(seed)
    values = {name: rng.random(tokens).astype(np.float32) for name in (measure.name for measure in per_token())}
    return values | {name: np.asarray(value, dtype=np.float32) for name, value in given_values.items()}


def test_samples_of_an_item_are_pooled_token_by_token(tokenizer):
    texts = [Text("a", (1,), (65,), sample=0), Text("a", (1,), (66, 67, 68), sample=1)]
    row = item_row(texts, [token_values(1, js=[0.4]), token_values(3, js=[0.0, 0.0, 0.0])], "own", tokenizer)
    assert row["tokens"] == 4
    assert row["js"] == pytest.approx(0.1)


def test_an_item_without_tokens_has_no_values(tokenizer):
    row = item_row([Text("a", (1,), ())], [token_values(0)], "own", tokenizer)
    assert row == {"item_id": "a", "tokens": 0, "tokens_left_out": 0}
