"""Results whose spectra are of a sample say so; others, and tables of a store that has all, say nothing."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.engine.up_to_date import Result, stored_result
from skillprobe_core.measurements.parameters.elementwise_stats import elementwise_stats
from skillprobe_core.measurements.parameters.elementwise_stats_table import ELEMENTWISE_STATS
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.runs.weights import Weights, open_weights
from skillprobe_core.show.report.sampled_spectra import sample_lines


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    """Six layers of one matrix each."""
    tensors = {f"model.layers.{layer}.self_attn.q_proj.weight": torch.randn(8, 8) for layer in range(6)}
    (tmp_path / "model").mkdir()
    save_file(tensors, tmp_path / "model" / "model.safetensors")
    return open_weights(tmp_path / "model")


@pytest.mark.parametrize(("spectra", "known"), [("sample", 4), ("off", 0)])
def test_the_number_of_matrices_is_stated(weights: Weights, tmp_path: Path, spectra: str, known: int) -> None:
    store, part = Store(tmp_path / "store"), Partition.checkpoint("m", 1)
    frame = parameter_stats(weights, weights, model="m", step=1, spectra=spectra)
    store.write(PARAMETER_STATS, part, frame, Provenance("1", "1", {"spectra": spectra}))
    (line,) = sample_lines(store, [stored_result(PARAMETER_STATS, store, part)])
    assert line.startswith(f"spectra: of {known} of 6 matrices")


def test_complete_results_need_no_line(weights: Weights, tmp_path: Path) -> None:
    store, part = Store(tmp_path / "store"), Partition.checkpoint("m", 1)
    results: list[Result] = []
    for table, measure in ((ELEMENTWISE_STATS, elementwise_stats), (PARAMETER_STATS, parameter_stats)):
        store.write(table, part, measure(weights, weights, model="m", step=1), Provenance("1", "1"))
        results.append(stored_result(table, store, part))
    assert list(sample_lines(store, results)) == []
