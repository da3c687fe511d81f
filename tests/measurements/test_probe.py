"""A probe: a checkpoint with its base and predecessor, and the places of its rows."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.probe import Probe, stored_provenance
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.identity import contents, identity
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.seal import DisturbedError


@pytest.fixture
def project(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> Project:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=tiny_base, model="m"),),
    )
    return Project(settings, Store(tmp_path / "store"))


@pytest.fixture
def probe(project: Project) -> Probe:
    return project.probe("m/20")


def test_identities_are_those_of_the_bytes(probe: Probe, tiny_base: Path) -> None:
    assert probe.identity == identity(probe.checkpoint.files)
    assert probe.base_identity == identity(tiny_base)
    assert probe.previous_identity == identity(probe.checkpoint.path.with_name("checkpoint-10"))
    assert probe.tensors_digest == contents(probe.checkpoint.files).tensors_digest


def test_a_previous_checkpoint_that_cannot_be_read_is_none(probe: Probe, project: Project) -> None:
    assert project.probe("m/10").previous_identity is None
    weights = probe.checkpoint.path.with_name("checkpoint-10") / "model.safetensors"
    assert probe.previous is not None
    weights.write_bytes(b"damaged")
    assert probe.previous_identity is None


def test_only_tables_that_read_a_checkpoint_need_it_to_stay(probe: Probe) -> None:
    probe.confirm(CHECKPOINTS, in_use=False)  # nothing was identified, so there is nothing to compare
    assert probe.identity
    assert probe.previous_identity
    shutil.rmtree(probe.checkpoint.path.with_name("checkpoint-10"))
    probe.confirm(CHECKPOINTS, in_use=True)
    with pytest.raises(DisturbedError, match="checkpoint-10: the checkpoint was replaced while it was evaluated"):
        probe.confirm(PARAMETER_STATS, in_use=True)
    shutil.rmtree(probe.checkpoint.path)
    probe.confirm(VERDICTS, in_use=True)
    with pytest.raises(CheckpointError, match="were deleted"):
        probe.confirm(CHECKPOINTS, in_use=True)


def test_the_base_of_a_probe_is_a_probe_of_its_own(probe: Probe) -> None:
    base = probe.of_base
    assert (base.checkpoint, base.is_base, base.previous) == (probe.base, True, None)
    assert base.run == probe.checkpoint.run_folder
    assert base.of_base.checkpoint == base.checkpoint
    assert not probe.is_base


def test_rows_have_their_place_by_checkpoint_and_protocol(probe: Probe) -> None:
    assert probe.partition(CHECKPOINTS) == Partition.checkpoint("m", 20)
    assert probe.partition(VERDICTS) == Partition.checkpoint("m", 20, probe.protocol.digest)
    assert probe.items["item_set"].unique().to_list() == [probe.item_set]


def test_stored_rows_are_read_with_their_version(probe: Probe) -> None:
    with pytest.raises(StoreError, match="has no rows for"):
        probe.stored_version(CHECKPOINTS)
    with pytest.raises(StoreError, match="has no rows for"):
        stored_provenance(probe.store, CHECKPOINTS, probe.partition(CHECKPOINTS))
    made = bring_up_to_date(CHECKPOINTS, probe)
    assert probe.stored_version(CHECKPOINTS) == made.provenance.data_version
    assert probe.stored(CHECKPOINTS)["step"].to_list() == [20]
