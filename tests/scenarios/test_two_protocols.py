"""Protocols stand side by side: nothing that is evaluated under one touches the rows of another."""

import random
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.catalog import connect
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.profile_tests.drops_so_far import drops_so_far
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    recorded_protocols,
)
from skillprobe_core.measurements.protocols.judged_items import judged_items, steps_without
from skillprobe_core.measurements.study.study_subject import read_models
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.show.report.comparison import comparison

KINDS = ("column_sum", "energy_levels")
FIRST = Settings(items=ItemSettings(levels=(1,), per_level=1, kinds=KINDS), sampling=SamplingSettings(max_new_tokens=4))
OTHERS = (
    FIRST.model_copy(update={"items": FIRST.items.model_copy(update={"levels": (2,)})}),
    FIRST.model_copy(update={"sampling": replace(FIRST.sampling, max_new_tokens=5)}),
    FIRST.model_copy(update={"prompts": PromptSettings(shots=1)}),
    FIRST.model_copy(update={"sampling": replace(FIRST.sampling, temperature=1.0, samples=2)}),
)


def project_of(settings: Settings, store: Path, base: Path, run: Path) -> Project:
    runs = (RunSettings(folder=run, base=base, method="sft"),)
    return Project(settings.model_copy(update={"runs": runs, "settle_seconds": 0}), Store(store))


def contents(root: Path) -> dict[Path, bytes]:
    """The bytes of every file in the store's tables."""
    return {
        path.relative_to(root): path.read_bytes()
        for path in sorted(root.glob("*/**/*.parquet"))
        if "_work" not in path.parts
    }


@pytest.fixture(scope="module")
def probed(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = project_of(FIRST, tmp_path_factory.mktemp("store"), tiny_base, tiny_run)
    run_tables(project.probe("tiny-sft/10"))
    return project


def test_two_protocols_of_one_checkpoint_stand_side_by_side(
    probed: Project, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    root = Path(shutil.copytree(probed.store.root, tmp_path / "store"))
    before = contents(root)
    for other in OTHERS[:2]:
        run_tables(project_of(other, root, tiny_base, tiny_run).probe("tiny-sft/10"))
    after = contents(root)
    assert {path: after[path] for path in before} == before, "nothing of the first protocol was touched"

    store = Store(root)
    first, *others = (Project(each, store).evaluation.digest for each in (FIRST, *OTHERS[:2]))
    assert len({first, *others}) == 3
    connection = connect(store, all_tables(), first)
    by_protocol = dict(
        connection.sql("SELECT protocol, count(*) FROM all_protocols.verdicts GROUP BY protocol").fetchall()
    )
    assert by_protocol == dict.fromkeys([first, *others], 4), "two items of a base and a checkpoint"
    assert connection.sql("SELECT DISTINCT protocol FROM verdicts").fetchall() == [(first,)]
    assert connection.sql("SELECT count(*) FROM protocols").fetchall() == [(3,)]
    another = connect(store, all_tables(), others[0])
    assert another.sql(
        "SELECT DISTINCT i.level FROM verdicts JOIN items AS i USING (item_set, item_id)"
    ).fetchall() == [(2,)]
    # What does not depend on the protocol is computed once.
    counts = connection.sql("SELECT count(*) FROM parameter_stats").fetchall()
    assert counts == connection.sql("SELECT count(*) FROM all_protocols.parameter_stats").fetchall()
    assert len(list((root / "parameter_stats").glob("*/*/*.parquet"))) == 2


def test_probing_again_under_the_first_protocol_reuses_its_rows(
    probed: Project, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    root = Path(shutil.copytree(probed.store.root, tmp_path / "store"))
    run_tables(project_of(OTHERS[0], root, tiny_base, tiny_run).probe("tiny-sft/10"))
    project = project_of(FIRST, root, tiny_base, tiny_run)
    assert all(result.reused for result in run_tables(project.probe("tiny-sft/10")))


def test_models_of_one_base_share_its_rows_per_protocol(
    probed: Project, tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    store = Store(Path(shutil.copytree(probed.store.root, tmp_path / "store")))
    run = Path(shutil.copytree(tiny_run, tmp_path / "other-rl"))
    for settings in (OTHERS[0], FIRST):
        probe = project_of(settings, store.root, tiny_base, run).probe("other-rl/0")
        run_tables(probe)
        assert probe.stored(GENERATIONS)["protocol"].unique().to_list() == [probe.protocol.digest]
    shared = [
        store.read(GENERATIONS, Partition.checkpoint(model, 0, Project(FIRST, store).evaluation.digest)).drop("model")
        for model in ("tiny-sft", "other-rl")
    ]
    assert shared[0].equals(shared[1])


def planted(store: Store, settings: Settings, model: str, step: int, luck: random.Random) -> None:
    """Verdicts on the settings' items, as a probe would store them."""
    protocol = Project(settings, store).evaluation
    items = store.read(ITEMS, Partition.item_set(protocol.item_set))
    rows = items.select("item_set", "item_id").with_columns(
        pl.Series("verdict", [luck.choice(["correct", "wrong"]) for _ in range(items.height)]),
        model=pl.lit(model), step=pl.lit(step), sample=pl.lit(0), shows_steps=pl.lit(False), extracted=pl.lit("7"),
        rule=pl.lit("answer_line"), reading=pl.lit("fair"), ending=pl.lit("ended"),
    )  # fmt: skip
    missing = {name: dtype for name, dtype in VERDICTS.computed_schema.items() if name not in rows.columns}
    rows = rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in missing.items())
    part = Partition.checkpoint(model, step, protocol.digest)
    store.write(VERDICTS, part, rows, Provenance(f"{luck.random()}", "1"))


@hypothesis_settings(max_examples=20, deadline=None)
@given(
    probes=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=8), seed=st.integers(0, 99)
)
def test_no_sequence_of_settings_changes_the_files_of_another_protocol(
    probes: list[tuple[int, int]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store, luck = Store(tmp_path_factory.mktemp("any")), random.Random(seed)
    for which, step in probes:
        before = contents(store.root)
        planted(store, OTHERS[which], "run", step, luck)
        own = Project(OTHERS[which], store).evaluation.digest
        after = contents(store.root)
        assert {path: data for path, data in before.items() if own not in str(path)} == {
            path: after.get(path) for path in before if own not in str(path)
        }
    for which, step in set(probes):
        protocol = Project(OTHERS[which], store).evaluation.digest
        rows = read_models(store, protocol, VERDICTS, ["run"])
        assert rows["protocol"].unique().to_list() == [protocol]
        assert step in rows["step"]


def test_rows_of_another_protocol_are_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    planted(store, FIRST, "run", 0, random.Random(0))
    rows = read_models(store, Project(FIRST, store).evaluation.digest, VERDICTS, ["run"])
    other = Partition.checkpoint("run", 0, Project(OTHERS[0], store).evaluation.digest)
    with pytest.raises(StoreError, match="rows of another protocol"):
        store.write(VERDICTS, other, rows, Provenance("v", "1"))
    with pytest.raises(TypeError, match="names none"):
        store.write(VERDICTS, Partition.checkpoint("run", 0), rows, Provenance("v", "1"))


def test_a_paired_test_of_two_protocols_is_refused(tmp_path: Path) -> None:
    """The items are the same: only the token limit differs."""
    store, luck = Store(tmp_path), random.Random(0)
    for settings in (FIRST, OTHERS[1]):
        planted(store, settings, "run", 0, luck)
        planted(store, settings, "run", 10, luck)
    first, other = (Project(each, store).evaluation for each in (FIRST, OTHERS[1]))
    assert first.item_set == other.item_set
    items = judged_items(store, first.digest)
    base = store.read(VERDICTS, Partition.checkpoint("run", 0, first.digest))
    after = store.read(VERDICTS, Partition.checkpoint("run", 10, first.digest))
    assert comparison(base, after, items).height
    with pytest.raises(StoreError, match=r"belong to 2 protocols[\s\S]*under one protocol"):
        comparison(base, store.read(VERDICTS, Partition.checkpoint("run", 10, other.digest)), items)


def test_reading_one_protocol_leaves_out_the_others(tmp_path: Path) -> None:
    store, luck = Store(tmp_path), random.Random(0)
    for settings, steps in ((FIRST, (0, 10)), (OTHERS[0], (0, 10, 20))):
        for step in steps:
            planted(store, settings, "run", step, luck)
    first, other = (Project(each, store).evaluation.digest for each in (FIRST, OTHERS[0]))
    assert steps_without(store, first, "run") == [20]
    assert steps_without(store, other, "run") == []
    assert set(judged_items(store, other)["level"]) == {2}
    with pytest.raises(StoreError, match=r"under protocol [\s\S]*rows under another protocol, which --protocol shows"):
        store.read(VERDICTS, Partition.checkpoint("run", 20, first))
    with pytest.raises(StoreError, match=r"for this checkpoint$"):
        store.read(VERDICTS, Partition.checkpoint("run", 30, first))
    assert drops_so_far(store, first, "run", 20, judged_items(store, first)).is_empty()
    with pytest.raises(StoreError, match="nothing was evaluated under protocol"):
        judged_items(store, Project(OTHERS[1], store).evaluation.digest)


def test_a_store_keeps_its_items_when_a_kind_changes_and_a_new_name_takes_the_new_ones(
    tmp_path: Path, tiny_base: Path, tiny_run: Path
) -> None:
    """The kind comes from another package's entry point, which is upgraded between two runs of skillprobe."""
    package = tmp_path / "package"
    home = tmp_path / "home"
    home.mkdir()

    def install(version: int) -> None:
        shutil.rmtree(package, ignore_errors=True)
        about = package / "own_kinds-1.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own-kinds\nVersion: 1\n")
        (about / "entry_points.txt").write_text("[skillprobe.kinds]\nown = own_kinds:KIND\n")
        (package / "own_kinds.py").write_text(
            "from dataclasses import replace\n"
            "from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND as SUM\n"
            f"KIND = replace(SUM, name='own_sum', version={version})\n"
        )

    def items_of(name: str) -> set[int]:
        (home / "skillprobe.toml").write_text(
            f'settle_seconds = 0\n[protocol]\nname = "{name}"\n[items]\nlevels = [1]\nper_level = 1\n'
            f'kinds = ["own_sum"]\n[[runs]]\nfolder = "{tiny_run}"\nbase = "{tiny_base}"\nmethod = "sft"\n'
        )
        program = """
import sys
from skillprobe_core.project.project import Project
print(*Project.open().probe(sys.argv[1]).items["kind_version"].unique())
"""
        shown = subprocess.run(
            [sys.executable, "-c", program, "tiny-sft/10"], check=True, capture_output=True, text=True,
            env={"PYTHONPATH": f"{package}:{Path.cwd()}", "SKILLPROBE_HOME": str(home), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        return {int(version) for version in shown.stdout.split()}

    install(1)
    assert items_of("a") == {1}
    install(2)
    assert items_of("a") == {1}, "the trajectory goes on with the recorded items"
    assert items_of("b") == {2}
    assert items_of("a") == {1}
    recorded = recorded_protocols(Store(home))
    assert recorded["name"].to_list() == ["a", "b"]
    assert recorded["item_set"].n_unique() == 2
    assert (recorded["created_at"] <= datetime.now(UTC)).all()

    shutil.rmtree(home / "items" / f"item_set={recorded['item_set'][0]}")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        items_of("a")
    assert "is missing, and the installed kinds and sources give another" in refused.value.stderr
