"""Checkpoints that cannot be evaluated: one clear error each, nothing stored, the good ones beside them done."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

KINDS = ("column_sum", "energy_levels")


def without_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def truncated(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def with_other_shapes(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["hidden_size"] += 2
    (folder / "config.json").write_text(json.dumps(config))
    weights = load_file(folder / "model.safetensors")
    wider = {name: torch.cat([weight, weight[..., :2]], dim=-1) for name, weight in weights.items()}
    save_file(wider, folder / "model.safetensors", {"format": "pt"})


def with_nan(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.1.mlp.up_proj.weight"][3, 5] = torch.nan
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (without_config, r"checkpoint-10.*config\.json"),
        (truncated, r"model\.safetensors.*(truncated|cut|shorter|whole|size|bytes)"),
        (with_other_shapes, r"only 0% of the parameters can be compared"),
        (with_nan, r"model\.layers\.1\.mlp\.up_proj\.weight.* NaN"),
        (pickled, r"pytorch_model\.bin[\s\S]*safetensors"),
    ],
)
def test_one_clear_error_and_nothing_stored(
    spoil: Callable[[Path], None], message: str, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "spoilt"
    shutil.copytree(tiny_run, run)
    spoil(run / "checkpoint-10")
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=KINDS),
        sampling=SamplingSettings(max_new_tokens=4),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=tiny_base, model="spoilt"),),
    )
    project = Project(settings, Store(tmp_path / "store"))
    with pytest.raises(SkillprobeError, match=message) as caught:
        run_tables(project.probe("spoilt/10"))
    assert str(tmp_path) in str(caught.value), "names the file or folder"
    assert "\n  Remedy: " in str(caught.value)
    assert not list(project.store.root.glob("*/model=spoilt/step=10/*")), "nothing is stored of a refused checkpoint"
    assert all(not result.reused for result in run_tables(project.probe("spoilt/20")) if result.step == 20)
