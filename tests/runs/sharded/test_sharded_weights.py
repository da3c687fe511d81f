"""Weights in shards, written by two processes, against the same weights from save_pretrained."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.discovery import Candidate, discover
from skillprobe_core.runs.identity import contents, identity
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weight_bytes import first_not_finite
from skillprobe_core.runs.weights import open_weights

from .write_shards import models

RUNS = {"fsdp": "hf_trainer", "prime": "prime_rl", "nemo": "nemo_rl"}
TITANS = ("llama", "qwen3", "qwen3_moe")


def only(run: Path, base: Path) -> Candidate:
    (found,) = discover(run, "m", "rl", settle_seconds=0)
    return found.started_from(ModelFiles.of(base))


@pytest.fixture(scope="module")
def titans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The models that torchtitan's shards hold, saved by transformers."""
    folder = tmp_path_factory.mktemp("titans")
    with torch.random.fork_rng():
        for kind, model in models().items():
            model.save_pretrained(folder / kind)
    return {kind: folder / kind for kind in TITANS}


@pytest.mark.parametrize("run", RUNS)
def test_every_layout_with_shards_is_read_and_borrows_the_bases_parts(shards: Path, tiny_base: Path, run: str) -> None:
    found = only(shards / run, tiny_base)
    assert (found.ready, found.layout, found.checkpoint.step) == (True, RUNS[run], 10)
    assert (found.checkpoint.files.config, found.checkpoint.files.tokenizer) == (tiny_base, tiny_base)


@pytest.mark.parametrize("run", RUNS)
def test_tensors_are_those_of_save_pretrained(shards: Path, tiny_base: Path, tiny_run: Path, run: str) -> None:
    saved, sharded = (
        open_weights(tiny_run / "checkpoint-10"),
        open_weights(only(shards / run, tiny_base).checkpoint.files),
    )
    assert set(sharded) - {"lm_head.weight"} == set(saved)
    for name, tensor in saved.stream():
        assert torch.equal(sharded.tensor(name), tensor.to(getattr(torch, sharded[name].dtype))), name
        assert sharded[name].shape == saved[name].shape
        assert sharded[name].stop - sharded[name].start == sharded.tensor(name).nbytes


@pytest.mark.parametrize("run", ["fsdp", "prime"])
def test_the_digest_of_the_tensors_is_the_same(shards: Path, tiny_base: Path, tiny_run: Path, run: str) -> None:
    files = only(shards / run, tiny_base).checkpoint.files
    found = contents(files)
    assert found == contents(tiny_run / "checkpoint-10")
    assert identity(files).weights_digest != identity(tiny_base).weights_digest


def test_ranks_and_optimizers_do_not_change_the_identity(shards: Path, tiny_base: Path) -> None:
    one, other = (identity(only(shards / run, tiny_base).checkpoint.files) for run in ("fsdp", "prime"))
    assert one == other


@pytest.mark.parametrize("kind", TITANS)
def test_torchtitans_names_and_rows_become_those_of_hugging_face(
    shards: Path, titans: dict[str, Path], kind: str
) -> None:
    found = only(shards / kind, titans[kind])
    assert found.layout == "torchtitan"
    sharded, saved = open_weights(found.checkpoint.files), open_weights(titans[kind])
    assert set(sharded) == set(saved)
    assert all(torch.equal(sharded.tensor(name), tensor) for name, tensor in saved.stream())
    assert contents(found.checkpoint.files) == contents(titans[kind])


def test_an_architecture_without_a_map_is_refused_by_name(shards: Path, tiny_base: Path) -> None:
    with pytest.raises(CheckpointError, match=r"llama, qwen3, qwen3_moe, not for model_type 'qwen2'"):
        open_weights(only(shards / "qwen3", tiny_base).checkpoint.files)


def test_a_tensor_without_a_place_is_refused_by_name(shards: Path, titans: dict[str, Path]) -> None:
    with pytest.raises(CheckpointError, match=r"'layers\.0\.attention\.[qk]_norm\.weight' has no place .* llama"):
        open_weights(only(shards / "qwen3", titans["llama"]).checkpoint.files)


def test_a_short_or_missing_shard_is_not_complete(shards: Path, tiny_base: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(shards / "fsdp", tmp_path / "fsdp"))
    shard = run / "checkpoint-10/pytorch_model_fsdp_0/__1_0.distcp"
    data = shard.read_bytes()
    shard.write_bytes(data[:-1])
    assert "__1_0.distcp is truncated" in str(only(run, tiny_base).waiting_for)
    shard.unlink()
    assert "__1_0.distcp is missing" in str(only(run, tiny_base).waiting_for)
    shard.write_bytes(data)
    assert only(run, tiny_base).ready


def test_damage_inside_a_shard_is_named_with_its_file(shards: Path, tiny_base: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(shards / "fsdp", tmp_path / "fsdp"))
    shard = run / "checkpoint-10/pytorch_model_fsdp_0/__0_0.distcp"
    shard.write_bytes(b"\0" * shard.stat().st_size)
    with pytest.raises(CheckpointError, match=r"__0_0\.distcp.*is damaged"):
        contents(only(run, tiny_base).checkpoint.files)


def test_a_shard_that_is_a_program_is_not_run(shards: Path, tiny_base: Path, tmp_path: Path) -> None:
    import io
    import os

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / 'made'}",)

    run = Path(shutil.copytree(shards / "fsdp", tmp_path / "fsdp"))
    files = only(run, tiny_base).checkpoint.files
    first = min(open_weights(files).values(), key=lambda info: (info.file, info.start))
    written = io.BytesIO()
    torch.save(Evil(), written)
    data = bytearray(first.file.read_bytes())
    data[first.start : first.start + len(written.getvalue())] = written.getvalue()
    first.file.write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged"):
        open_weights(files).tensor(first.name)
    assert not (tmp_path / "made").exists()


def test_a_value_that_is_not_finite_is_found(tmp_path: Path, tiny_base: Path) -> None:
    import torch.distributed.checkpoint as dcp

    state = {name: tensor.clone() for name, tensor in open_weights(tiny_base).stream()}
    state["model.norm.weight"][3] = float("nan")
    with torch.random.fork_rng():
        dcp.save({"model": state}, checkpoint_id=tmp_path, no_dist=True)
    files = replace(ModelFiles.of(tmp_path), config=tiny_base, tokenizer=tiny_base)
    found = contents(files).not_finite
    assert found is not None
    assert (found.tensor, found.kind) == ("model.norm.weight", "NaN")
    assert first_not_finite(open_weights(files)) == found


def test_a_tensor_is_read_once_while_it_is_held(shards: Path, titans: dict[str, Path]) -> None:
    weights = open_weights(only(shards / "qwen3_moe", titans["qwen3_moe"]).checkpoint.files)
    name = "model.layers.0.mlp.experts.{}.up_proj.weight"
    one, other = weights.tensor(name.format(0)), weights.tensor(name.format(3))
    assert one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()
