"""Inputs of a checkpoint's tables: digests that follow what they stand for."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements import needs
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings


@pytest.fixture
def probe(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> Probe:
    run = Path(shutil.copytree(tiny_run, tmp_path / "run"))
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=tiny_base, model="m"),),
    )
    return Project(settings, Store(tmp_path / "store")).probe("m/10")


def again(probe: Probe, **settings: object) -> Probe:
    project = Project(probe.settings.model_copy(update=settings), probe.store)
    return project.probe(probe.checkpoint.key)


def test_weights_and_identity_follow_the_bytes_that_they_name(probe: Probe) -> None:
    before = {need.name: dict(need.versions(probe)) for need in (needs.CHECKPOINT, needs.BASE)}
    weights = dict(needs.WEIGHTS.versions(probe))
    config = probe.checkpoint.path / "generation_config.json"
    config.write_text('{"temperature": 0.5, "eos_token_id": 3}')
    changed = again(probe)
    assert dict(needs.CHECKPOINT.versions(changed)) != before["checkpoint"]
    assert dict(needs.WEIGHTS.versions(changed)) == weights
    assert dict(needs.BASE.versions(changed)) == before["base"]
    file = probe.checkpoint.path / "model.safetensors"
    tensors = load_file(file)
    tensors["model.norm.weight"] = tensors["model.norm.weight"] + torch.ones(())
    save_file(tensors, file, {"format": "pt"})
    assert dict(needs.WEIGHTS.versions(again(probe))) != weights


def test_settings_are_inputs_of_their_own(probe: Probe) -> None:
    sampling = again(probe, sampling=SamplingSettings(max_new_tokens=7))
    prompts = again(probe, prompts=PromptSettings(shots=1))
    items = again(probe, items=ItemSettings(levels=(2,), per_level=1, kinds=("column_sum",)))
    for need, changed in ((needs.SAMPLING, sampling), (needs.PROMPTS, prompts), (needs.ITEMS, items)):
        assert need.versions(changed) != need.versions(probe)
        for other in {needs.SAMPLING, needs.PROMPTS, needs.ITEMS} - {need}:
            assert other.versions(changed) == other.versions(probe)
    assert needs.setting("x", lambda each: str(each.checkpoint.step)).versions(probe) == {"x": "10"}


def test_rows_are_inputs_once_they_are_stored(probe: Probe) -> None:
    stored = needs.rows(CHECKPOINTS)
    with pytest.raises(StoreError, match="has no rows for"):
        stored.versions(probe)
    assert needs.rows_if(CHECKPOINTS, lambda _: False).versions(probe) == {}
    assert needs.base_rows(CHECKPOINTS, when=lambda _: False).versions(probe) == {}
    own, base = (bring_up_to_date(CHECKPOINTS, each) for each in (probe, probe.of_base))
    assert stored.versions(probe) == {"checkpoints": own.provenance.data_version}
    assert needs.rows_if(CHECKPOINTS, lambda _: True).versions(probe) == stored.versions(probe)
    assert needs.base_rows(CHECKPOINTS).versions(probe) == {"base_checkpoints": base.provenance.data_version}


def test_a_base_has_its_own_bytes_as_its_base(probe: Probe) -> None:
    base = probe.of_base
    assert needs.CHECKPOINT.versions(base)["checkpoint"] == needs.BASE.versions(base)["base"]
    assert needs.BASE_WEIGHTS.versions(base)["base"] == needs.WEIGHTS.versions(base)["checkpoint"]
    assert replace(base).is_base
