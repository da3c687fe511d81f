"""One file is enough for a family of parameter measures."""

from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.measurements.parameters import parameter_registry as registry
from tests.copied_package import run_with_addition

# The whole addition: one file with three families, of the elements, of the spectra and of two updates.
ADDITION = """
from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.agreement import Agreement
from skillprobe_core.measurements.parameters.elementwise.block import Elementwise
from skillprobe_core.measurements.parameters.parameter_measure import Measure
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectral

_SIGNS = Measure(
    name="signs_changed",
    meaning="Share of signs that changed",
    whole=whole.mean,
    study="signs",
    headline=True,
    shown=True,
)
_NUCLEAR = Measure(name="delta_nuclear_norm", meaning="Sum of the singular values of D", whole=whole.largest)
_BOTH = Measure(
    name="updated_by_both",
    meaning="Weights updated by both",
    whole=whole.sum_of,
    may_be_null="there is no previous checkpoint",
)
SIGNS = Elementwise(
    "signs",
    (_SIGNS,),
    lambda block: {"sign_changes": (block.base * block.tensor < 0).count_nonzero().double()},
    lambda totals: {"signs_changed": float(totals["sign_changes"] / totals["elements"])},
)
NUCLEAR = Spectral("nuclear", (_NUCLEAR,), lambda spectra: {"delta_nuclear_norm": float(spectra.delta.values.sum())})
BOTH = Agreement("both", (_BOTH,), lambda updates: {"updated_by_both": updates.both})
"""


def test_one_file_adds_families_everywhere(tmp_path: Path) -> None:
    run_with_addition(
        tmp_path,
        "measurements/parameters/three_families.py",
        ADDITION,
        "tests.measurements.parameters.test_parameter_registry:families_are_there",
    )


def families_are_there(folder: Path) -> None:
    """Runs with the copy: compares real tensors and looks for the new measures wherever measures are shown."""
    import os

    import torch
    from safetensors.torch import save_file
    from typer.testing import CliRunner

    import skillprobe_core.engine.store as store_module
    from skillprobe_core.engine.store import Partition, Provenance, Store
    from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
    from skillprobe_core.measurements.parameters.parameter_stats import parameter_stats
    from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
    from skillprobe_core.measurements.parameters.update_agreement import agreement, compare_updates
    from skillprobe_core.measurements.study.checkpoint_measures import checkpoint_measures
    from skillprobe_core.runs.weights import open_weights
    from skillprobe_core.show.cli.main import app

    assert Path(store_module.__file__).is_relative_to(folder)
    name = "model.layers.0.self_attn.q_proj.weight"
    base = torch.randn(100, 90, generator=torch.Generator().manual_seed(0))
    flipped = torch.rand(base.shape, generator=torch.Generator().manual_seed(1)) < 0.25
    sides = []
    for place, tensor in enumerate((base, base * 1.5, torch.where(flipped, -base, base))):
        side = folder / str(place)
        side.mkdir()
        save_file({name: tensor, "model.embed_tokens.weight": base.clone()}, side / "model.safetensors")
        sides.append(open_weights(side))
    frame = parameter_stats(sides[0], sides[2], model="m", step=2, previous=sides[1], previous_step=1)
    store, part = Store(folder / "store"), Partition.checkpoint("m", 2)
    store.write(PARAMETER_STATS, part, frame, Provenance("v", "1"))
    rows = store.read(PARAMETER_STATS, part).filter(tensor=name)
    of_base, of_previous = (rows.filter(compared_with=name).row(0, named=True) for name in ("base", "previous"))
    share = float(flipped.double().mean())
    assert of_base["signs_changed"] == pytest.approx(share)
    delta = torch.where(flipped, -2 * base, 0).double()
    assert of_base["delta_nuclear_norm"] == pytest.approx(float(torch.linalg.svdvals(delta).sum()))
    assert of_base["updated_by_both"] is None
    assert of_previous["updated_by_both"] == flipped.sum()

    measures = checkpoint_measures(pl.DataFrame(schema=LOGIT_DIVERGENCE.polars_schema), frame, "s")
    value = measures.filter(measure="signs_changed")["value"].item()
    assert value == pytest.approx(share / 2)  # of two tensors of equal size one changed
    assert agreement(compare_updates(*sides))["updated_by_both"].item() == flipped.sum()

    assert PARAMETER_STATS.headline(frame)["signs_changed"] == value
    os.environ["SKILLPROBE_HOME"] = str(folder / "store")
    by_default = CliRunner().invoke(app, ["parameters", "m@2", "--by", "model"], catch_exceptions=False)
    assert "signs_changed" in by_default.output.replace("\n", "")
    on_request = CliRunner().invoke(app, ["parameters", "m@2", "--measure", "delta_nuclear_norm"])
    assert on_request.exit_code == 0, on_request.output


def test_names_are_unique_and_those_of_the_whole_have_a_rule() -> None:
    names = [measure.name for family in registry.FAMILIES for measure in (*family.measures, *family.of_whole)]
    assert len(names) == len(set(names))
    assert all(measure.whole for family in registry.FAMILIES for measure in family.of_whole)
    assert all(
        measure.whole
        for family in registry.FAMILIES
        for measure in family.measures
        if measure.study or measure.shown or measure.headline
    )
