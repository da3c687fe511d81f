"""The forecast of a probe is what the probe then does, whatever changed, and it writes nothing."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.project.dry_run import Forecast, dry_run
from skillprobe_core.project.given_checkpoint import probe_of_folders, with_options
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.project.settings import settings_in

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum"]
[sampling]
max_new_tokens = 2
[divergence]
texts = ["reference"]
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all tests: a store knows a run by its folder."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture
def home(place: Path) -> Iterator[Path]:
    (place / "home").mkdir()
    (place / "home" / "skillprobe.toml").write_text(SETTINGS)
    yield place / "home"
    shutil.rmtree(place / "home")


@pytest.fixture
def run(tiny_run: Path, place: Path) -> Iterator[Path]:
    yield shutil.copytree(tiny_run, place / "run")
    shutil.rmtree(place / "run")


def content(home: Path) -> dict[Path, bytes | None]:
    return {path: path.read_bytes() if path.is_file() else None for path in home.rglob("*")}


def probe_in(home: Path, folder: Path, base: Path, model: str | None = None, method: str = "sft", **options: object):
    settings = with_options(settings_in(home), **options)
    return probe_of_folders(folder, base, model=model, step=None, method=method, settings=settings, store=Store(home))


def forecast(*arguments: object, **options: object) -> Forecast:
    """The forecast, which leaves the store as it is; the probe then does what it says."""
    home = arguments[0]
    before = content(home)
    found = dry_run(probe_in(*arguments, **options))
    assert content(home) == before
    done = run_tables(probe_in(*arguments, **options))
    assert [(each.table, each.model, each.step) for each in found.tables] == [
        (each.table, each.model, each.step) for each in done
    ]
    for said, result in zip(found.tables, done, strict=True):
        copied = said.reason.startswith("same inputs, copied")
        assert said.reused == (result.reused or copied), said
        assert said.rows in (None, result.result.rows)
    return found


def reasons(found: Forecast, step: int) -> dict[str, str]:
    return {each.table: each.reason for each in found.tables if each.step == step}


def test_with_an_empty_store_everything_would_be_computed(home: Path, run: Path, tiny_base: Path) -> None:
    found = forecast(home, run / "checkpoint-10", tiny_base)
    assert not any(each.reused for each in found.tables)
    assert reasons(found, 10) == reasons(found, 0)
    assert reasons(found, 10) == {
        "checkpoints": "not stored yet",
        "generations": "after the number type is chosen",
        "verdicts": "after generations",
        "profile_tests": "after verdicts",
        "skill_scores": "after verdicts",
        "logit_divergence": "after the number type is chosen",
        "representation_shift": "after the number type is chosen",
        "elementwise_stats": "not stored yet",
        "parameter_stats": "not stored yet",
        "training_metrics": "not stored yet",
    }
    again = forecast(home, run / "checkpoint-10", tiny_base)
    assert {(each.reused, each.reason) for each in again.tables} == {(True, "same inputs")}


@pytest.fixture
def evaluated(home: Path, run: Path, tiny_base: Path, place: Path) -> Path:
    """A store with the results of a checkpoint, which are computed for the first test."""
    kept = place / "kept"
    if not kept.exists():
        run_tables(probe_in(home, run / "checkpoint-10", tiny_base))
        shutil.copytree(home, kept)
    return shutil.copytree(kept, home, dirs_exist_ok=True)


def test_another_checkpoint_reuses_the_base(evaluated: Path, run: Path, tiny_base: Path) -> None:
    found = forecast(evaluated, run / "checkpoint-20", tiny_base)
    assert set(reasons(found, 0).values()) == {"same inputs"}
    assert reasons(found, 20) == {
        "checkpoints": "not stored yet",
        "generations": "not stored yet",
        "verdicts": "after generations",
        "profile_tests": "after verdicts",
        "skill_scores": "after verdicts and generations",
        "logit_divergence": "not stored yet",
        "representation_shift": "not stored yet",
        "elementwise_stats": "not stored yet",
        "parameter_stats": "not stored yet",
        "training_metrics": "not stored yet",
    }


def test_another_protocol_reuses_what_does_not_depend_on_it(evaluated: Path, run: Path, tiny_base: Path) -> None:
    found = forecast(evaluated, run / "checkpoint-10", tiny_base, max_new_tokens=3)
    assert {each.table for each in found.tables if each.reused} == {
        "checkpoints", "elementwise_stats", "parameter_stats", "training_metrics",
    }  # fmt: skip


def test_another_model_of_the_base_copies_its_rows(evaluated: Path, run: Path, tiny_base: Path) -> None:
    found = forecast(evaluated, run / "checkpoint-20", tiny_base, "other")
    copied = {table for table, reason in reasons(found, 0).items() if reason == "same inputs, copied from run/0"}
    assert copied == {
        "generations", "logit_divergence", "representation_shift", "elementwise_stats", "parameter_stats",
    }  # fmt: skip


def test_a_rewritten_checkpoint_names_what_changed(evaluated: Path, run: Path, tiny_base: Path) -> None:
    shutil.copy(run / "checkpoint-20" / "model.safetensors", run / "checkpoint-10")
    found = reasons(forecast(evaluated, run / "checkpoint-10", tiny_base), 10)
    assert found["generations"] == found["parameter_stats"] == "changed: checkpoint"


def test_another_method_concerns_one_table(evaluated: Path, run: Path, tiny_base: Path) -> None:
    found = forecast(evaluated, run / "checkpoint-10", tiny_base, method="rl")
    assert [(each.table, each.reason) for each in found.tables if not each.reused] == [
        ("checkpoints", "changed: method")
    ]


def test_another_margin_concerns_the_tests_alone(evaluated: Path, run: Path, tiny_base: Path) -> None:
    (evaluated / "skillprobe.toml").write_text(f"{SETTINGS}[tests]\ncollapse_margin = 0.1\n")
    found = forecast(evaluated, run / "checkpoint-10", tiny_base)
    assert {(each.table, each.reason) for each in found.tables if not each.reused} == {
        ("profile_tests", "changed: collapse_margin")
    }
    store = Store(evaluated)
    tests = store.read(PROFILE_TESTS, Partition.checkpoint("run", 10, current_protocol(store).protocol))
    assert tests["margin"].unique().to_list() == [0.1]


def test_deleted_rows_are_computed_and_what_used_them_is_reused(evaluated: Path, run: Path, tiny_base: Path) -> None:
    shutil.rmtree(evaluated / "generations" / "model=run" / "step=10")
    found = forecast(evaluated, run / "checkpoint-10", tiny_base)
    assert [(each.table, each.step) for each in found.tables if not each.reused] == [("generations", 10)]


def test_rows_of_an_earlier_computation_are_named(evaluated: Path, run: Path, tiny_base: Path) -> None:
    from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

    probe = probe_in(evaluated, run / "checkpoint-10", tiny_base)
    part, store = probe.partition(VERDICTS), probe.store
    rows, provenance = store.read(VERDICTS, part), store.provenance(VERDICTS, part)
    assert provenance is not None
    store.write(VERDICTS, part, rows, type(provenance)("0" * 64, "0", provenance.inputs))
    found = reasons(forecast(evaluated, run / "checkpoint-10", tiny_base), 10)
    assert found["verdicts"].startswith("computed by another version of skillprobe")


def test_a_name_that_is_taken_fails_as_the_probe_would(
    evaluated: Path, tiny_run: Path, tiny_base: Path, tmp_path: Path
) -> None:
    other = shutil.copytree(tiny_run, tmp_path / "elsewhere" / "run")
    fails: list[Callable[..., object]] = [dry_run, run_tables]
    messages = set()
    for doing in fails:
        with pytest.raises(CheckpointError, match="the model name 'run' belongs to") as caught:
            doing(probe_in(evaluated, other / "checkpoint-20", tiny_base))
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_no_model_is_loaded(evaluated: Path, run: Path, tiny_base: Path) -> None:
    program = (
        "import sys, skillprobe\n"
        "skillprobe.probe(*sys.argv[1:3], home=sys.argv[3], method='sft', dry_run=True)\n"
        "print(*sorted(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(run / "checkpoint-20"), str(tiny_base), str(evaluated)]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert "skillprobe_core.project.dry_run" in loaded
    assert not {"transformers", "skillprobe_core.models.model_loading"} & set(loaded)
