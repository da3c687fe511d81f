"""A model's name belongs to one run: its rows are neither replaced by nor mixed with those of another."""

import json
import shutil
import threading
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.given_checkpoint import probe_of_checkpoint, probe_of_folders
from skillprobe_core.project.name_claims import Held, Wanted, conflict
from skillprobe_core.project.noise_of_checkpoint import noise_floor
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.run_settings import RunSettings

SETTINGS = Settings(
    items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
    sampling=SamplingSettings(max_new_tokens=2),
    settle_seconds=0,
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home")


@pytest.fixture
def checkpoints(tiny_run: Path) -> tuple[Path, Path]:
    return tiny_run / "checkpoint-10", tiny_run / "checkpoint-20"


def place(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


def take(store: Store, folder: Path, base: Path | None, model: str | None = None, step: int | None = None) -> str:
    """Run the first stage as `skillprobe probe` does; returns the key."""
    probe = probe_of_folders(folder, base, model=model, step=step, method="sft", settings=SETTINGS, store=store)
    run_table(table_named("checkpoints"), probe)
    return probe.checkpoint.key


def path_of(store: Store, model: str, step: int) -> Path:
    return Path(store.read(CHECKPOINTS, Partition.checkpoint(model, step))["path"][0])


def refused(store: Store, folder: Path, base: Path | None, **options: object) -> str:
    before = {file: file.read_bytes() for file in store.root.rglob("*.parquet")}
    with pytest.raises(CheckpointError, match="belongs to") as caught:
        take(store, folder, base, **options)  # type: ignore[arg-type]
    assert before == {file: file.read_bytes() for file in store.root.rglob("*.parquet")}
    assert "--model NAME" in caught.value.remedy
    return str(caught.value)


@pytest.mark.parametrize("steps", [(10, 10), (10, 20)], ids=["same step", "another step"])
@pytest.mark.parametrize("same_bytes", [True, False])
def test_a_second_run_folder_of_the_same_name_is_refused(
    steps: tuple[int, int],
    same_bytes: bool,
    store: Store,
    tmp_path: Path,
    tiny_base: Path,
    checkpoints: tuple[Path, ...],
) -> None:
    one = place(checkpoints[0], tmp_path / "exp1" / "checkpoints" / f"checkpoint-{steps[0]}")
    two = place(checkpoints[not same_bytes], tmp_path / "exp2" / "checkpoints" / f"checkpoint-{steps[1]}")
    assert take(store, one, tiny_base) == f"checkpoints/{steps[0]}"
    assert str(tmp_path / "exp1") in refused(store, two, tiny_base)
    assert take(store, two, tiny_base, model="exp2") == f"exp2/{steps[1]}"
    assert path_of(store, "checkpoints", steps[0]) == one


def test_two_final_folders_are_two_models(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"exp{n}" / "final") for n, each in enumerate(checkpoints))
    assert take(store, one, tiny_base, step=10) == "final/10"
    refused(store, two, tiny_base, step=10)
    refused(store, two, tiny_base, step=20)
    refused(store, two, None)
    assert take(store, two, tiny_base, step=20, model="second") == "second/20"


def test_two_folders_evaluated_alone_are_two_models(
    store: Store, tmp_path: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"exp{n}" / "final") for n, each in enumerate(checkpoints))
    take(store, one, None)
    refused(store, two, None)
    take(store, one, None, model="m")
    refused(store, two, None, model="m")
    shutil.rmtree(one)
    refused(store, two, None)


def test_folders_named_by_hand_make_up_one_model(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"global_step_{n}" / "hf") for n, each in enumerate(checkpoints))
    assert take(store, one, tiny_base, model="verl", step=10) == "verl/10"
    assert take(store, two, tiny_base, model="verl", step=20) == "verl/20"
    refused(store, two, tiny_base, model="verl", step=10)


def test_a_run_that_moved_goes_on(store: Store, tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    before = place(tiny_run, tmp_path / "a" / "run")
    take(store, before / "checkpoint-10", tiny_base)
    after = tmp_path / "b" / "run"
    after.parent.mkdir()
    before.rename(after)
    take(store, after / "checkpoint-20", tiny_base)  # not probed before: its run is recognised by checkpoint-10
    take(store, after / "checkpoint-10", tiny_base)
    refused(store, place(tiny_run, before) / "checkpoint-20", tiny_base)


def test_another_run_does_not_inherit_the_name_of_one_that_was_deleted(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one = place(checkpoints[0], tmp_path / "a" / "run" / "checkpoint-10")
    take(store, one, tiny_base)
    shutil.rmtree(one.parent)
    for step in (10, 20):
        refused(store, place(checkpoints[1], tmp_path / "b" / "run" / f"checkpoint-{step}"), tiny_base)


def test_a_checkpoint_rewritten_in_place_is_a_new_version(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    folder = place(checkpoints[0], tmp_path / "run" / "checkpoint-10")
    take(store, folder, tiny_base)
    shutil.copy(checkpoints[1] / "model.safetensors", folder)
    take(store, folder, tiny_base)
    linked = tmp_path / "link"
    linked.symlink_to(tmp_path / "run")
    take(store, linked / "checkpoint-10", tiny_base, model="run")


def test_bases_are_shared_by_models_and_kept_apart_within_one(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(checkpoints[0], tmp_path / name / "checkpoint-10") for name in ("one", "two"))
    take(store, one, tiny_base)
    take(store, two, tiny_base)
    take(store, one, place(tiny_base, tmp_path / "base"))
    refused(store, one, checkpoints[1])
    take(store, one, checkpoints[1], model="from-20")


def test_a_base_that_no_checkpoint_fitted_gives_way_to_the_right_one(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    wrong = place(tiny_base, tmp_path / "wrong")
    config = json.loads((wrong / "config.json").read_text())
    (wrong / "config.json").write_text(json.dumps(config | {"hidden_size": config["hidden_size"] + 2}))
    weights = load_file(wrong / "model.safetensors")
    wider = {name: torch.cat([weight, weight[..., :2]], dim=-1) for name, weight in weights.items()}
    save_file(wider, wrong / "model.safetensors", {"format": "pt"})
    folder = place(checkpoints[0], tmp_path / "run" / "checkpoint-10")
    with pytest.raises(CheckpointError, match="only 0% of the parameters can be compared"):
        take(store, folder, wrong)
    take(store, folder, tiny_base)
    assert path_of(store, "run", 0) == tiny_base


def test_a_checkpoint_that_stood_for_its_base_gives_way_to_it(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(checkpoints[0], tmp_path / name / "run" / "checkpoint-10") for name in "ab")
    assert take(store, one, None) == "run/0"
    refused(store, two, tiny_base)
    assert take(store, one, tiny_base) == "run/10"
    assert path_of(store, "run", 0) == tiny_base


@pytest.mark.parametrize("gone", ["_work", "checkpoints"])
def test_either_record_is_enough(
    gone: str, store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"exp{n}" / "run" / "checkpoint-10") for n, each in enumerate(checkpoints))
    take(store, one, tiny_base)
    shutil.rmtree(store.root / gone)
    refused(store, two, tiny_base)


@pytest.mark.parametrize("known", ["of an earlier version", "in the table alone"])
def test_a_record_without_its_run_folder_is_completed_even_if_the_run_is_gone(
    known: str, store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"exp{n}" / "run" / "checkpoint-10") for n, each in enumerate(checkpoints))
    take(store, one, tiny_base)
    file = store.root / "_work" / "names" / "run.json"
    if known == "in the table alone":
        file.unlink()
    else:
        records = json.loads(file.read_text())
        file.write_text(json.dumps({step: [path, digest, firm] for step, (path, digest, firm, _) in records.items()}))
    shutil.rmtree(one.parent)
    two = two.rename(two.with_name("checkpoint-30"))
    assert str(one.parent) in refused(store, two, tiny_base)


def test_a_damaged_record_counts_as_none(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"exp{n}" / "run" / "checkpoint-10") for n, each in enumerate(checkpoints))
    take(store, one, tiny_base)
    for text in ("", "[", "[1]", '{"x": 1}', '{"10": ["p"]}', "[" * 9999):
        (store.root / "_work" / "names" / "run.json").write_text(text)
        refused(store, two, tiny_base)


def test_of_two_probes_at_once_one_gets_the_name(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    folders = [place(each, tmp_path / f"exp{n}" / "run" / "checkpoint-10") for n, each in enumerate(checkpoints)]
    start = threading.Barrier(2)
    done, failed = [], []

    def one(folder: Path) -> None:
        start.wait()
        try:
            done.append(take(store, folder, tiny_base))
        except CheckpointError as error:
            failed.append(str(error))

    threads = [threading.Thread(target=one, args=[folder]) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (done, len(failed)) == (["run/10"], 1)
    assert "belongs to" in failed[0]


def test_noise_and_watch_agree_with_probe_on_the_name_and_respect_it(
    store: Store, tmp_path: Path, tiny_base: Path, checkpoints: tuple[Path, ...]
) -> None:
    one, two = (place(each, tmp_path / f"exp{n}" / "my run" / "checkpoint-10") for n, each in enumerate(checkpoints))
    key = take(store, one, tiny_base)
    alone = probe_of_checkpoint(one, model=None, settings=SETTINGS, store=store)
    runs = (RunSettings(folder=two.parent, base=tiny_base, method="sft"),)
    assert alone.checkpoint.key == key == f"{runs[0].model}/10"
    with pytest.raises(CheckpointError, match="belongs to"):
        noise_floor(probe_of_checkpoint(two, model=None, settings=SETTINGS, store=store))
    watched = Project(SETTINGS.model_copy(update={"runs": runs}), store).probe(key)
    with pytest.raises(CheckpointError, match="belongs to"):
        run_table(table_named("checkpoints"), watched)


def run_of(path: Path) -> Path:
    return path if path.name == "x" else path.parent


paths = st.builds(
    lambda run, leaf: Path("/none", run, leaf),
    st.sampled_from("ab"),
    st.sampled_from(["checkpoint-1", "checkpoint-2", "x"]),
)
held_steps = st.dictionaries(
    st.integers(0, 2),
    st.builds(
        lambda path, *rest: Held(path, rest[0], run_of(path), rest[1]), paths, st.sampled_from("pq"), st.booleans()
    ),
)


@given(
    held_steps, paths, st.integers(0, 2), st.sampled_from("pq"), st.sampled_from(["a", "b", "x", "m"]), st.booleans()
)
def test_rows_of_other_bytes_from_another_folder_are_never_replaced(held, path, step, digest, model, depends):
    """For steps without an exception, for the base unless nothing depends on it or it stood in for one of this run."""
    checkpoint = Checkpoint(model, step, ModelFiles.of(path), "sft", run_of(path))
    wanted = Wanted(checkpoint, digest, None, Path("/none/base"))
    found = conflict(wanted, held, depends=lambda _: depends, digest_of=lambda _: "z")
    own = held.get(step)
    if own is not None and own.path != path and own.digest != digest:
        assert found == own.path
    if own is not None and own.path == path and step == 0:
        assert found is None
    if not held:
        assert found is None


def test_a_checkpoint_is_not_its_own_base(tmp_path: Path, tiny_run: Path) -> None:
    folder = tiny_run / "checkpoint-10"
    with pytest.raises(SettingsError, match="the base is the checkpoint itself"):
        probe_of_folders(
            folder, folder, model=None, step=None, method="sft", settings=Settings(), store=Store(tmp_path)
        )
