"""A store written before protocols, brought to this version: nothing is lost, and an interrupt does no harm."""

import json
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal
from typer.testing import CliRunner, Result

from skillprobe_core.benchmark import item_set as item_sets
from skillprobe_core.benchmark.item_schema import Draft, Item, Kind, finished
from skillprobe_core.benchmark.item_set import freeze
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.engine.catalog import connect
from skillprobe_core.engine.store import UPGRADE, Partition, Provenance, Store
from skillprobe_core.engine.up_to_date import provenance_with
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items import wanted_items
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.items.wanted_items import recipe
from skillprobe_core.measurements.protocols.evaluation_protocol import records
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.measurements.table_registry import all_tables, table_named
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings, load_settings
from skillprobe_core.project.upgrading.upgrade_store import Upgraded, sampling_to_continue, upgrade
from skillprobe_core.show.cli.main import app, main
from skillprobe_core.show.named_queries import named_queries

BEFORE = Path(__file__).parents[2] / "data" / "store_before_protocols"
ROOT = Path(__file__).parents[3]
STEPS = (0, 10, 20)
MODEL = "tiny-sft"
# Changes by the closed list of verdicts: cut before an answer, or an answer of another form than its type asks.
CHANGED = {
    ("unparsed", None, "truncated"): 8,
    ("wrong", "7", "malformed"): 2,
    ("wrong", "I cannot sa", "malformed"): 3,
    ("wrong", "perhaps", "malformed"): 2,
}


@pytest.fixture
def kinds_of_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the settings the kinds at the versions that wrote the store: at its level they draw its own items."""
    items = pl.read_parquet(BEFORE / "items" / "**" / "*.parquet", hive_partitioning=False)
    rows = [Item.from_row(row) for row in items.iter_rows(named=True)]

    def kind_of_before(name: str) -> Kind:
        own = [row for row in rows if row.kind == name]

        def draft(level: int, rng: random.Random) -> Draft:
            if level != own[0].level:
                return finished(kind_named(name).draft(level, rng))
            row = rng.choice(own)
            return Draft(
                row.prompt, row.answer, row.reference, row.template.removeprefix(f"{name}/"), row.chance,
                row.accepted, row.tolerance, row.evidence,
            )  # fmt: skip

        return replace(kind_named(name), version=own[0].kind_version, draft=draft)

    monkeypatch.setattr(wanted_items, "kind_named", kind_of_before)
    monkeypatch.setattr(item_sets, "chance_of", lambda kind, level: 0.0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = Path(shutil.copytree(BEFORE, tmp_path / "store"))
    monkeypatch.setenv("SKILLPROBE_HOME", str(home))
    _drawn_by_the_kinds_of_now(home)
    return home


def _drawn_by_the_kinds_of_now(home: Path) -> None:
    """Rewrite the item set's origin: the kinds have had other versions since, which is another case than an upgrade."""
    (path,) = home.glob("items/*/part.parquet")
    items = pq.read_table(path, partitioning=None)
    facts = json.loads(items.schema.metadata[b"skillprobe.provenance"])
    settings, store = load_settings(home / "skillprobe.toml"), Store(home)
    facts["inputs"]["recipe"] = recipe(settings.items, store)
    pq.write_table(items.replace_schema_metadata({b"skillprobe.provenance": json.dumps(facts)}), path)


def upgraded(home: Path, settings: Settings | None = None) -> Upgraded:
    return upgrade(settings or load_settings(home / "skillprobe.toml"), Store(home))


def before(table: str, step: int) -> pl.DataFrame:
    file = BEFORE / table / f"model={MODEL}" / f"step={step}" / "part.parquet"
    return table_named(table).with_present_names(pl.read_parquet(file, hive_partitioning=False))


def now(home: Path, table: str, step: int) -> pl.DataFrame:
    (file,) = (home / table / f"model={MODEL}" / f"step={step}").glob("*.parquet")
    return table_named(table).with_present_names(pl.read_parquet(file, hive_partitioning=False))


def contents(home: Path) -> dict[Path, bytes]:
    return {file.relative_to(home): file.read_bytes() for file in home.rglob("*.parquet")}


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_everything_works_on_the_upgraded_store(home: Path) -> None:
    result = command("upgrade")
    assert result.exit_code == 0
    assert "24 completions kept, 16 of them with token ids" in result.output
    assert command("scores").stdout.count(MODEL) >= len(STEPS)
    assert "fact_retrieval" in command("compare", f"{MODEL}@0", f"{MODEL}@20").stdout
    assert f"{MODEL}" in command("study").stdout
    assert command("report", "--out", str(home / "report.html")).exit_code == 0
    assert MODEL in (home / "report.html").read_text(encoding="utf-8")
    store = Store(home)
    connection = connect(store, all_tables(), records(store)[0].protocol)
    answered = [
        query.name
        for query in named_queries()
        if connection.sql(query.sql, params={each.name: each.default or MODEL for each in query.parameters}).fetchall()
    ]
    assert len(answered) >= 5, f"only {answered} have rows"


def test_verdicts_are_those_of_before_except_where_the_closed_list_changed(home: Path) -> None:
    upgraded(home)
    changed: Counter[tuple[str, str | None, str]] = Counter()
    for step in STEPS:
        old, new = before("verdicts", step), now(home, "verdicts", step)
        both = old.join(new, on=["model", "step", "item_set", "item_id", "sample"], suffix="_now", validate="1:1")
        assert both.height == old.height == new.height == 8
        different = both.filter(pl.col("verdict") != pl.col("verdict_now"))
        changed.update(different.select("verdict", "extracted", "verdict_now").iter_rows())
    assert changed == CHANGED


def test_accuracies_and_tests_of_change_are_those_of_before(home: Path) -> None:
    upgraded(home)
    keys = ["skill", "domain", "level"]
    same = ["items", "samples", "accuracy", "accuracy_low", "accuracy_high", "pass_at_k", "chance"]
    for step in STEPS:
        scores = (
            frame.select(keys + same).sort(keys)
            for frame in (before("skill_scores", step), now(home, "skill_scores", step))
        )
        assert_frame_equal(*scores)
    for step in (10, 20):
        new = now(home, "profile_tests", step)
        assert new.filter(scope="kind").height
        # `detectable_change` has another meaning since, and the bootstrap draws by kind
        old = before("profile_tests", step).drop("detectable_change", "bootstrap_low", "bootstrap_high")
        same = new.filter(kind="all").select(old.columns)
        assert_frame_equal(old.sort("skill", "domain"), same.sort("skill", "domain"))


def test_completions_and_measurements_keep_their_rows(home: Path) -> None:
    upgraded(home)
    kept = [
        *(("generations", step) for step in STEPS),
        *(("logit_divergence", step) for step in STEPS),
        *(("representation_shift", step) for step in STEPS),
        *(("checkpoints", step) for step in STEPS),
        ("token_divergence", 20),
        ("noise_floor", 20),
        ("parameter_stats", 20),
    ]
    for table, step in kept:
        old = before(table, step)
        assert_frame_equal(now(home, table, step).select(old.columns), old)


def test_token_ids_come_from_the_log_of_completions_where_it_is_still_there(home: Path) -> None:
    upgraded(home)
    logged = pl.concat(pl.read_parquet(file) for file in (BEFORE / "_work" / "generations").glob("*/*.parquet"))
    for step in (0, 10):
        rows = now(home, "generations", step)
        keys = ["item_id", "sample", "prompt_digest", "completion"]
        ids = rows.join(logged, on=keys, suffix="_logged")
        assert ids.height == rows.height
        assert ids["completion_ids"].to_list() == ids["completion_ids_logged"].to_list()
        assert rows["completion_ids"].list.len().cast(pl.Int32).to_list() == rows["completion_tokens"].to_list()
    assert now(home, "generations", 20)["completion_ids"].null_count() == 8


def test_nothing_of_the_old_layout_is_left_and_a_second_upgrade_does_nothing(home: Path) -> None:
    upgraded(home)
    store = Store(home)
    (protocol,) = {each.protocol for each in records(store)}
    for table in all_tables():
        files = [file for file in (home / table.name).rglob("*") if file.is_file()]
        for file in files:
            if table.by_protocol and table.partitioned:
                assert file.name == f"{protocol}.parquet"
            if table.by_protocol:
                assert pl.read_parquet(file, hive_partitioning=False)["protocol"].unique().to_list() == [protocol]
        if table.by_protocol and not table.partitioned and table.name != "protocols":
            assert not files, "studies are deleted"
    first = contents(home)
    result = command("upgrade")
    assert result.exit_code == 0
    assert "nothing to upgrade" in result.output
    assert contents(home) == first


def test_completions_are_up_to_date_and_what_is_measured_otherwise_now_is_stale(home: Path) -> None:
    upgraded(home)
    store = Store(home)
    (protocol,) = (each.protocol for each in records(store))
    for table in all_tables():
        for model, step in store.partitions(table):
            stored = store.provenance(table, Partition.checkpoint(model, step, protocol))
            assert stored is not None
            assert stored.table_version == table.version
            current = provenance_with(table, stored.inputs, protocol if table.by_protocol else None).data_version
            stale = {"logit_divergence", "token_divergence", "noise_floor", "checkpoints", "parameter_stats"}
            assert (stored.data_version == current) == (table.name not in stale), table.name


def as_before(settings: Settings) -> Settings:
    """The settings with what is the default now and was not before."""
    return settings.model_copy(update={"sampling": replace(settings.sampling, stop=())})


@pytest.mark.usefixtures("kinds_of_before")
def test_the_settings_of_the_store_lead_to_the_protocol_of_before(home: Path) -> None:
    settings = as_before(load_settings(home / "skillprobe.toml"))
    upgraded(home)
    store = Store(home)
    (known,) = records(store)
    protocol = Project(settings, store).evaluation
    assert (protocol.digest, protocol.item_set) == (known.protocol, before("generations", 0)["item_set"][0])
    assert list(store.parts(ITEMS)) == [Partition.item_set(protocol.item_set)]


@pytest.mark.usefixtures("kinds_of_before")
@pytest.mark.parametrize("limit", [12, 1024, None])
def test_the_values_that_go_on_under_the_protocol_of_before_are_named(home: Path, limit: int | None) -> None:
    file = load_settings(home / "skillprobe.toml")
    settings = file.model_copy(update={"sampling": replace(file.sampling, max_new_tokens=limit)})
    found, store = upgraded(home, settings), Store(home)
    assert Project(settings, store).evaluation.digest != found.protocols[-1].protocol
    values = sampling_to_continue(settings, store, found.protocols)
    assert values == {"stop": []} | ({} if limit == 12 else {"max_new_tokens": 12})
    changed = replace(settings.sampling, **(values | {"stop": ()}))
    same = settings.model_copy(update={"sampling": changed})
    assert Project(same, store).evaluation.digest == found.protocols[-1].protocol
    assert sampling_to_continue(same, store, found.protocols) == {}
    assert sampling_to_continue(settings, store, ()) == {}


@pytest.mark.usefixtures("kinds_of_before")
def test_results_of_options_that_are_given_again_lead_to_the_protocol_of_before(home: Path) -> None:
    """As after `probe --levels 1 --per-level 2 --max-new-tokens 12` with a settings file that says otherwise."""
    asked = as_before(load_settings(home / "skillprobe.toml"))
    items = asked.items.model_copy(update={"levels": (2, 3), "per_level": 5})
    file = asked.model_copy(update={"items": items, "sampling": SamplingSettings(max_new_tokens=99)})
    upgraded(home, file)
    store = Store(home)
    (known,) = records(store)
    assert Project(asked, store).evaluation.digest == known.protocol
    assert Project(file, store).evaluation.digest != known.protocol


@pytest.mark.usefixtures("kinds_of_before")
def test_items_that_no_settings_give_any_more_keep_their_results(home: Path) -> None:
    """As after a kind has changed."""
    settings, store = as_before(load_settings(home / "skillprobe.toml")), Store(home)
    (part,) = store.parts(ITEMS)
    name = part.directories[0].removeprefix("item_set=")
    rows = store.read(ITEMS, Partition.item_set(name)).drop("item_set")
    changed = freeze(rows.with_columns(kind_version=pl.lit(0, pl.Int32)))
    item_set = str(changed["item_set"][0])
    assert item_set != name
    store.write(ITEMS, Partition.item_set(item_set), changed, Provenance("v", "1", {"recipe": "of before"}))
    for step in STEPS:
        _change_item_set(home, step, item_set)
    upgraded(home)
    known = {each.item_set: each for each in records(store)}
    assert set(known) == {item_set, name}, "the noise floor was measured on other items"
    for step in STEPS:
        assert store.read(VERDICTS, Partition.checkpoint(MODEL, step, known[item_set].protocol)).height == 8
    assert Project(settings, store).evaluation.item_set == name, (
        "the settings never lead to items that they do not give"
    )
    by_name = settings.model_copy(update={"protocol": ProtocolSettings(name=known[item_set].name)})
    assert Project(by_name, store).evaluation.digest == known[item_set].protocol


def _change_item_set(home: Path, step: int, item_set: str) -> None:
    """Rewrite a file of completions as one on another item set."""
    _change_inputs(home, "generations", step, {"items": item_set})
    path = home / "generations" / f"model={MODEL}" / f"step={step}" / "part.parquet"
    table = pq.read_table(path, partitioning=None)
    column = table.schema.get_field_index("item_set")
    pq.write_table(table.set_column(column, "item_set", [[item_set] * table.num_rows]), path)


def _change_inputs(home: Path, table: str, step: int, inputs: dict[str, str]) -> None:
    """Rewrite a file as one that names other inputs."""
    path = home / table / f"model={MODEL}" / f"step={step}" / "part.parquet"
    rows = pq.read_table(path, partitioning=None)
    facts = json.loads(rows.schema.metadata[b"skillprobe.provenance"])
    facts["inputs"] |= inputs
    pq.write_table(rows.replace_schema_metadata({b"skillprobe.provenance": json.dumps(facts)}), path)


@pytest.mark.usefixtures("kinds_of_before")
def test_checkpoints_that_were_sampled_in_another_way_get_a_protocol_of_their_own(home: Path) -> None:
    """As after another `max_new_tokens` for one checkpoint: an earlier store kept one result for each of them."""
    settings = as_before(load_settings(home / "skillprobe.toml"))
    others = settings.model_copy(
        update={"sampling": SamplingSettings(max_new_tokens=16), "prompts": PromptSettings(shots=2, seed=5)}
    )
    inputs = {"sampling": others.sampling.canonical(), "prompts": others.prompts.canonical()}
    _change_inputs(home, "generations", 10, inputs)
    _change_inputs(home, "logit_divergence", 10, {"prompts": inputs["prompts"]})
    found = upgraded(home)
    store = Store(home)
    first, second = (Project(each, store).evaluation.digest for each in (settings, others))
    assert {each.protocol for each in found.protocols} == {first, second}
    assert not found.aside
    for table in ("generations", "verdicts", "skill_scores", "logit_divergence", "representation_shift"):
        assert [store.steps(table_named(table), MODEL, each) for each in (first, second)] == [[0, 20], [10]], table
    assert store.steps(table_named("profile_tests"), MODEL) == [0, 20], "its base has no verdicts under that protocol"


def test_measurements_of_completions_that_were_replaced_are_moved_aside(home: Path) -> None:
    """As after an interrupt between new completions and their divergence."""
    _change_inputs(home, "logit_divergence", 10, {"generations": "0" * 64})
    found = upgraded(home)
    aside = home / "_work" / "before_upgrade" / "logit_divergence" / f"model={MODEL}" / "step=10" / "part.parquet"
    assert found.aside == [aside]
    assert Store(home).steps(table_named("logit_divergence"), MODEL) == [0, 20]


def test_rows_that_cannot_be_used_are_moved_aside_not_deleted(home: Path) -> None:
    gone = home / "generations" / f"model={MODEL}" / "step=10" / "part.parquet"
    gone.unlink()
    orphan = home / "verdicts" / f"model={MODEL}" / "step=10" / "part.parquet"
    kept = orphan.read_bytes()
    found = upgraded(home)
    assert found.checkpoints == 2
    moved = home / "_work" / "before_upgrade" / orphan.relative_to(home)
    assert moved in found.aside
    assert moved.read_bytes() == kept
    assert not orphan.exists()
    assert command("upgrade").output.startswith("nothing to upgrade")


def test_rows_that_a_probe_of_this_version_wrote_are_not_replaced(home: Path) -> None:
    once = Path(shutil.copytree(home, home.parent / "once"))
    upgraded(once)
    (protocol,) = (each.protocol for each in records(Store(once)))
    part = Partition.checkpoint(MODEL, 20, protocol)
    newer = Store(once).read(GENERATIONS, part).with_columns(completion=pl.lit("Answer: 7"))
    provenance = Store(once).provenance(GENERATIONS, part)
    assert provenance is not None
    Store(home).write(GENERATIONS, part, newer, provenance)
    upgraded(home)
    assert_frame_equal(Store(home).read(GENERATIONS, part), newer)
    assert Store(home).read(VERDICTS, part)["extracted"].to_list() == ["7"] * 8


def _counted(function: Callable[..., object], counted: Counter[str]) -> Callable[..., object]:
    def call(*arguments: object, **options: object) -> object:
        counted[function.__name__] += 1
        return function(*arguments, **options)

    return call


KILLED = """
import os, signal, sys
from pathlib import Path
left = int(sys.argv[1])
def counted(function):
    def call(*arguments, **options):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **options)
    return call
Path.replace, Path.unlink = counted(Path.replace), counted(Path.unlink)
from skillprobe_core.show.cli.main import main
sys.argv = ["skillprobe", "upgrade"]
main()
"""


@pytest.mark.parametrize("share", [0, 0.8, *(pytest.param(share, marks=pytest.mark.slow) for share in (0.2, 0.4, 0.6))])
def test_an_upgrade_that_was_killed_is_run_again_to_an_equal_result(
    home: Path, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed before one of the operations that make files appear and disappear, early, in the middle and late."""
    once = Path(shutil.copytree(home, home.parent / "once"))
    counted = Counter[str]()
    with monkeypatch.context() as counting:
        for name in ("replace", "unlink"):
            counting.setattr(Path, name, _counted(getattr(Path, name), counted))
        upgraded(once)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(int(share * counted.total()))],
        check=False, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
    assert contents(home) != contents(once)
    upgraded(home)
    assert contents(home) == contents(once)


@pytest.mark.parametrize(
    "arguments",
    [
        ("scores",),
        ("compare", f"{MODEL}@0", f"{MODEL}@20"),
        ("study",),
        ("report", "--out", "report.html"),
        ("protocols",),
        ("overlap", f"{MODEL}@10", f"{MODEL}@20"),
        ("sql", "SELECT * FROM generations"),
        ("parameters", f"{MODEL}@20"),
        ("watch", "no-such-folder", "--base", "no-such-base", "--once"),
        ("probe", "no-such-folder"),
    ],
    ids=lambda arguments: arguments[0],
)
@pytest.mark.usefixtures("home")
def test_a_command_on_an_earlier_store_names_the_command_to_run(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["skillprobe", *arguments])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr()
    assert shown.err.count(UPGRADE) == 1
    assert UPGRADE not in shown.out
    assert "Traceback" not in shown.err


def test_columns_that_have_another_name_now_are_upgraded_under_it(home: Path) -> None:
    renamed = {"logit_divergence": "text", "representation_shift": "text", "noise_floor": "baseline_backend"}
    for table, name in renamed.items():
        file = BEFORE / table / f"model={MODEL}" / "step=20" / "part.parquet"
        assert name not in pq.read_schema(file).names
    upgraded(home)
    for table, name in renamed.items():
        (file,) = (home / table / f"model={MODEL}" / "step=20").glob("*.parquet")
        assert name in pq.read_schema(file).names
    # This table's version did not change, so its files stay, and are read under the present names.
    assert "reference" in pq.read_schema(home / "parameter_stats" / f"model={MODEL}" / "step=20" / "part.parquet").names
    stored = Store(home).read(table_named("parameter_stats"), Partition.checkpoint(MODEL, 20))
    assert set(stored["compared_with"]) == {"base", "previous"}


def test_sql_shows_the_rows_of_before_that_do_not_depend_on_a_protocol(home: Path) -> None:
    connection = connect(Store(home), all_tables(), None)
    assert connection.sql("SELECT count(*), count(tensors_digest) FROM checkpoints").fetchall() == [(3, 0)]
    assert connection.sql("SELECT count(*) > 0 FROM parameter_stats").fetchall() == [(True,)]
    for table in all_tables():
        connection.sql(f"SELECT * FROM {table.name}").fetchall()
        connection.sql(f"SELECT * FROM all_protocols.{table.name}").fetchall()


def test_a_row_of_a_checkpoint_without_its_tensors_is_readable(home: Path) -> None:
    upgraded(home)
    row = Store(home).read(CHECKPOINTS, Partition.checkpoint(MODEL, 10)).row(0, named=True)
    assert row["tensors_digest"] is None
    assert row["digest"] == before("checkpoints", 10)["digest"][0]


def test_rows_of_checkpoints_are_read_before_the_upgrade_as_after_it(home: Path) -> None:
    """So a store of which a probe wrote a part can be studied and shown."""
    before_it = [Store(home).read(CHECKPOINTS, Partition.checkpoint(MODEL, step)) for step in STEPS]
    upgraded(home)
    after_it = [Store(home).read(CHECKPOINTS, Partition.checkpoint(MODEL, step)) for step in STEPS]
    assert_frame_equal(pl.concat(before_it), pl.concat(after_it))
