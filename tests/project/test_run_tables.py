"""The whole job on real tiny checkpoints: everything once, the base first, nothing computed again for nothing."""

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Column, Table
from skillprobe_core.errors import CheckpointError, StoreError
from skillprobe_core.machine.device_leases import DeviceLeases, leases_in
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.leased_devices import leases_folder
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, run_tables, tables_for
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

CELLS = {(kind.skill, kind.domain): kind.name for kind in KINDS}
ITEM_SETTINGS = ItemSettings(levels=(1,), per_level=1, kinds=tuple(CELLS.values()))
SAMPLING = SamplingSettings(max_new_tokens=6)


def project_of(store: Path, base: Path, *runs: Path) -> Project:
    settings = Settings(
        items=ITEM_SETTINGS,
        sampling=SAMPLING,
        settle_seconds=0,
        runs=tuple(RunSettings(folder=run, base=base, method="sft") for run in runs),
    )
    return Project(settings, Store(store))


@pytest.fixture(scope="module")
def probed(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = project_of(tmp_path_factory.mktemp("store"), tiny_base, tiny_run)
    run_tables(project.probe("tiny-sft/10"))
    return project


def copied(project: Project, folder: Path) -> Project:
    shutil.copytree(project.store.root, folder)
    return Project(project.settings, Store(folder))


def test_every_stage_writes_its_table_for_the_base_and_the_checkpoint(probed: Project) -> None:
    for table in tables_for(probed.probe("tiny-sft/10")):
        assert list(probed.store.partitions(table)) == [("tiny-sft", 0), ("tiny-sft", 10)], table.name


def test_a_second_run_computes_nothing(probed: Project, tmp_path: Path) -> None:
    project = copied(probed, tmp_path / "store")
    before = {path: path.stat().st_mtime_ns for path in project.store.root.glob("*/model=*/step=*/*.parquet")}
    results = run_tables(project.probe("tiny-sft/10"))
    assert all(result.reused for result in results)
    assert before == {path: path.stat().st_mtime_ns for path in project.store.root.glob("*/model=*/step=*/*.parquet")}


def test_two_stores_hold_the_same_bytes(probed: Project, tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    other = project_of(tmp_path / "store", tiny_base, tiny_run)
    run_tables(other.probe("tiny-sft/10"))
    for path in sorted(probed.store.root.glob("*/model=*/step=*/*.parquet")):
        twin = other.store.root / path.relative_to(probed.store.root)
        assert path.read_bytes() == twin.read_bytes(), path


def test_a_moved_checkpoint_is_not_a_new_one_and_one_rewritten_in_place_is(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    run, moved = tmp_path / "tiny-sft", tmp_path / "elsewhere" / "tiny-sft"
    shutil.copytree(tiny_run, run)
    run_tables(project_of(tmp_path / "store", tiny_base, run).probe("tiny-sft/10"))
    moved.parent.mkdir()
    run.rename(moved)
    project = project_of(tmp_path / "store", tiny_base, moved)
    assert all(result.reused for result in run_tables(project.probe("tiny-sft/10")))

    shutil.copy(moved / "checkpoint-20/model.safetensors", moved / "checkpoint-10/model.safetensors")
    results = run_tables(project.probe("tiny-sft/10"))
    computed = {result.table for result in results if not result.reused}
    # The trainer's figures are those of its log, whatever the weights are.
    assert computed == {table.name for table in tables_for(project.probe("tiny-sft/10"))} - {"training_metrics"}
    assert all(result.reused for result in results if result.step == 0)


def test_a_checkpoint_replaced_between_two_tables_gives_an_error(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "tiny-sft"))
    project = project_of(tmp_path / "store", tiny_base, run)
    probe = project.probe("tiny-sft/10")
    run_table(table_named("checkpoints"), probe)
    shutil.copy(run / "checkpoint-20/model.safetensors", run / "checkpoint-10/model.safetensors")
    with pytest.raises(CheckpointError, match="was replaced while it was evaluated"):
        run_table(table_named("parameter_stats"), probe)
    assert list(project.store.partitions(table_named("parameter_stats"))) == [("tiny-sft", 0)]
    results = run_table(table_named("parameter_stats"), project.probe("tiny-sft/10"))
    assert not results[-1].reused


def test_a_previous_checkpoint_that_is_deleted_meanwhile_is_left_out(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    run = Path(shutil.copytree(tiny_run, tmp_path / "tiny-sft"))
    project = project_of(tmp_path / "store", tiny_base, run)
    probe, table = project.probe("tiny-sft/20"), table_named("parameter_stats")
    assert probe.previous_identity is not None
    shutil.rmtree(run / "checkpoint-10")
    run_table(table, probe)
    part = Partition.checkpoint("tiny-sft", 20)
    assert set(project.store.read(table, part)["compared_with"]) == {"base"}
    provenance = project.store.provenance(table, part)
    assert provenance is not None
    assert "previous" not in provenance.inputs


def test_models_of_one_base_share_what_is_costly_about_it(
    probed: Project, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    run = tmp_path / "other-rl"
    shutil.copytree(tiny_run, run)
    project = Project(project_of(tmp_path, tiny_base, run).settings, copied(probed, tmp_path / "store").store)
    run_table(table_named("checkpoints"), project.probe("other-rl/0"))
    run_table(table_named("generations"), project.probe("other-rl/0"))
    parts = (Partition.checkpoint(model, 0, project.protocol().protocol) for model in ("other-rl", "tiny-sft"))
    ours, theirs = (project.store.read(GENERATIONS, part) for part in parts)
    assert ours.drop("model").equals(theirs.drop("model"))
    assert ours["model"].unique().to_list() == ["other-rl"]
    chunks = list((project.store.root / "_work" / "generations").glob("*/*.parquet"))
    assert len(chunks) == 2, "one log for the base, one for the checkpoint probed before: nothing was generated again"


def test_scores_and_tests_cover_all_cells(probed: Project) -> None:
    part = Partition.checkpoint("tiny-sft", 10, probed.protocol().protocol)
    cells = probed.store.read(SKILL_SCORES, part).filter(level=0).select("skill", "domain").rows()
    assert len({cell for cell in cells if "all" not in cell}) == 20
    assert probed.store.read(PROFILE_TESTS, part).filter(scope="cell").height == 20


def test_a_stage_out_of_order_says_what_is_missing(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    project = project_of(tmp_path / "store", tiny_base, tiny_run)
    with pytest.raises(StoreError, match="materialise 'generations'"):
        run_table(table_named("verdicts"), project.probe("tiny-sft/10"))


def test_an_edited_item_set_is_refused_and_left_alone(probed: Project, tmp_path: Path) -> None:
    project = copied(probed, tmp_path / "store")
    ((folder,),) = (part.directories for part in project.store.parts(ITEMS))
    item_set = folder.removeprefix("item_set=")
    part = Partition.item_set(item_set)
    provenance = project.store.provenance(ITEMS, part)
    assert provenance is not None
    items = project.store.read(ITEMS, part)
    changed = items.with_columns(answer=items["answer"].reverse())
    written = project.store.write(ITEMS, part, changed, provenance).read_bytes()
    with pytest.raises(StoreError, match=rf"item_set={item_set}[\s\S]*was changed after it was frozen"):
        run_tables(project.probe("tiny-sft/20"))
    assert project.store.path(ITEMS, part).read_bytes() == written
    assert list(project.store.partitions(GENERATIONS)) == [("tiny-sft", 0), ("tiny-sft", 10)]


def test_results_on_leased_devices_are_the_same_bytes(
    probed: Project, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    settings = project_of(tmp_path, tiny_base, tiny_run).settings
    compute = settings.compute.model_copy(update={"devices": ("cpu:0", "cpu:1")})
    other = Project(settings.model_copy(update={"compute": compute}), Store(tmp_path / "store"))
    results = run_tables(other.probe("tiny-sft/10"))
    for path in sorted(probed.store.root.glob("*/model=*/step=*/*.parquet")):
        assert path.read_bytes() == (other.store.root / path.relative_to(probed.store.root)).read_bytes(), path
    on_device = {each.table for each in results if table_named(each.table).pool == "device"}
    assert {each.table for each in results if each.devices} == on_device
    log = leases_in(leases_folder(other.store))
    assert [each.work for each in log if each.event == "taken"] == [
        f"{each.model}/{each.step} {each.table}" for each in results if each.table in on_device
    ]
    assert [each.event for each in log] == ["taken", "given_back"] * (len(log) // 2)
    assert other.devices is not None
    assert other.devices.in_use == ()
    other.devices.give_up()


def test_late_rows_on_a_device_let_every_computation_that_waits_go_first(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    settings = project_of(tmp_path, tiny_base, tiny_run).settings
    compute = settings.compute.model_copy(update={"devices": ("cpu:0",)})
    project = Project(settings.model_copy(update={"compute": compute}), Store(tmp_path / "store"))
    folder, waits, ran = leases_folder(project.store), [], []

    def work() -> None:
        with DeviceLeases(folder, {"cpu:0": "cpu:0"}, vacate=lambda: None).lease(1, "verdicts of the next checkpoint"):
            pass

    def rows(jobs: Sequence[int]) -> Iterator[int]:
        for job in jobs:
            ran.append(job)
            if job in (1, 3):
                waits.append(threading.Thread(target=work))
                waits[-1].start()
                while not list(folder.glob("*.ticket")):
                    time.sleep(0.001)
            yield job

    def computed(probe: Probe) -> pl.DataFrame:
        through = probe.giving_way(late)
        assert through is not None
        return pl.DataFrame({"model": "tiny-sft", "step": 0, "value": list(through(range(6), rows))})

    columns = (Column("model", pl.String, ""), Column("step", pl.Int64, ""), Column("value", pl.Int64, ""))
    late = Table("late", 1, "", ("value",), columns, compute=computed, late=True, pool="device")
    (done,) = run_table(late, project.probe("tiny-sft/0"))
    for each in waits:
        each.join(60)
    assert project.store.read(late, done.result.partition)["value"].to_list() == ran == list(range(6))
    taken = [each.work for each in leases_in(folder) if each.event == "taken"]
    assert taken == ["tiny-sft/0 late", *["verdicts of the next checkpoint", "tiny-sft/0 late"] * 2]
    assert project.devices is not None
    project.devices.give_up()
