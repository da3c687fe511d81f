"""Sampled matrices have the spectra that they have among all, others none; elementwise measures never change."""

from collections import Counter
from itertools import pairwise

import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.compared_weights import sides
from skillprobe_core.measurements.parameters.paired_tensors import pair_tensors
from skillprobe_core.measurements.parameters.parameter_registry import agreements, spectral
from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
from skillprobe_core.measurements.parameters.spectra_of_base import spectra_by_matrix
from skillprobe_core.measurements.parameters.spectra_sample import LAYERS, MATRICES, _spaced, sample_line, with_spectra

SPECTRAL = [measure.name for family in spectral() for measure in family.measures]
DIRECTIONS = ["update_similarity", "update_similarity_chance"]


def weights(layers: int, seed: int, experts: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes: dict[str, tuple[int, ...]] = {"model.embed_tokens.weight": (12, 8), "model.norm.weight": (8,)}
    for layer in range(layers):
        shapes[f"model.layers.{layer}.self_attn.q_proj.weight"] = (8, 8)
        for expert in range(experts):
            shapes[f"model.layers.{layer}.mlp.experts.{expert}.up_proj.weight"] = (8, 8)
    return {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}


@given(number=st.integers(0, 200), wanted=st.integers(2, 9))
def test_a_sample_is_spaced_evenly_from_the_first_to_the_last(number: int, wanted: int) -> None:
    found = _spaced(range(number), wanted)
    assert len(found) == len(set(found)) == min(number, wanted)
    assert found == sorted(found)
    if number > wanted:
        assert (found[0], found[-1]) == (0, number - 1)
        gaps = [after - before for before, after in pairwise(found)]
        assert max(gaps) - min(gaps) <= 1


def test_a_sample_has_few_layers_and_few_experts_of_each(stored) -> None:
    one = stored(weights(9, 0, experts=7))
    labels = with_spectra(pair_tensors(*sides(one, one)), "sample")
    assert {label for label in labels if "embed" in label} == {"model.embed_tokens.weight"}
    assert {label.split(".")[2] for label in labels if "q_proj" in label} == {"0", "3", "5", "8"}
    experts = Counter(label.split(".")[2] for label in labels if "experts" in label)
    assert experts == dict.fromkeys(("0", "3", "5", "8"), MATRICES)
    assert len(labels) == 1 + LAYERS + LAYERS * MATRICES


@pytest.mark.parametrize("known", [True, False])
def test_only_the_spectra_of_the_others_are_missing(stored, known: bool) -> None:
    base, earlier, tuned = (stored(weights(6, seed)) for seed in range(3))
    about = {"model": "m", "step": 2, "previous": earlier, "previous_step": 1}
    whole = parameter_stats(base, tuned, **about)
    for spectra in ("sample", "off"):
        stored_ones = pl.concat(spectra_by_matrix(base, digest="0", spectra=spectra)) if spectra == "sample" else None
        part = parameter_stats(base, tuned, **about, spectra=spectra, base_spectra=stored_ones if known else None)
        chosen = part["spectral_norm"].is_not_null()
        rest = [name for name in whole.columns if name not in {*SPECTRAL, *DIRECTIONS}]
        assert part.select(rest).equals(whole.select(rest), null_equal=True)
        assert part.filter(chosen).equals(whole.filter(chosen), null_equal=True)
        assert part.filter(~chosen).select(*SPECTRAL, *DIRECTIONS).null_count().row(0) == ((~chosen).sum(),) * (
            len(SPECTRAL) + len(DIRECTIONS)
        )
        assert chosen.sum() == (0 if spectra == "off" else 2 * (1 + LAYERS))
        if stored_ones is not None:
            assert stored_ones.height == 1 + LAYERS


def test_a_line_says_how_many_have_them(stored) -> None:
    base, tuned = (stored(weights(6, seed)) for seed in range(2))
    lines = [
        sample_line(parameter_stats(base, tuned, model="m", step=1, spectra=each)) for each in ("all", "sample", "off")
    ]
    assert lines == ["", "of 5 of 7 matrices", "of 0 of 7 matrices"]


def test_directions_are_those_of_the_family_of_two_updates() -> None:
    assert set(DIRECTIONS) <= {measure.name for family in agreements() for measure in family.measures}
