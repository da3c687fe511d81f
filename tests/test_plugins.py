"""Plugins: loaded once by name or path, with errors that name them, and found by the registries."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillprobe_core import plugins
from skillprobe_core.benchmark.kind_registry import KINDS, all_kinds, kind_named
from skillprobe_core.benchmark.sources import SOURCES
from skillprobe_core.engine.table import CHECKPOINT_KEYS
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.divergence.divergence_registry import MEASURES
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.noise.noise_conditions import noise_conditions
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.parameters.parameter_registry import FAMILIES
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.models.backends import all_backends, backend_names, choose_backend, open_backend
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.settings import Settings, load_plugins_of, load_settings
from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.show.named_queries import named_queries
from skillprobe_core.show.trackers import TRACKERS, open_tracker, tracker_names

KIND = """
from dataclasses import replace
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND as SUM
{name} = replace(SUM, name="{called}")
"""
MEASURE = """
from skillprobe_core.measurements.divergence.divergence_measure import Measure
MINE = Measure(name="{called}", function=lambda pair: pair.log_p.amax(-1), of_item="Largest log p")
"""
BACKEND = """
from skillprobe_core.models.backend import BackendOffer
MINE = BackendOffer(name="{called}", open=lambda opening: opening, chosen_on=("cpu",), installed=lambda: {installed})
"""
TRACKER = """
from skillprobe_core.show.trackers.tracker import TrackerOffer
MINE = TrackerOffer("{called}", lambda folder: folder, package={package})
"""
TABLE = """
from dataclasses import replace
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
MINE = replace(SKILL_SCORES, name="{called}")
"""


@pytest.fixture(autouse=True)
def _none_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Plugins belong to the process: those of a test are gone after it."""
    monkeypatch.setattr(plugins, "_named_in_settings", {})
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("skillprobe_plugin"):
            del sys.modules[name]


@dataclass(frozen=True)
class Place:
    """A store's folder."""

    home: Path

    def write(self, name: str, text: str) -> str:
        """A file in it; returns its name."""
        (self.home / name).write_text(text)
        return name

    def settings(self, *names: str, further: str = "") -> Settings:
        """The settings that name these plugins, with further lines."""
        file = self.home / "skillprobe.toml"
        file.write_text(f"plugins = {list(names)}\n{further}".replace("'", '"'))
        return load_settings(file)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_a_file_is_found_from_the_settings_folder_and_loaded_once(place: Place) -> None:
    counted = (
        KIND.format(name="MINE", called="mine")
        + "import pathlib\npathlib.Path(__file__ + '.log').open('a').write('x')\n"
    )
    name = place.write("mine.py", counted)
    settings = place.settings(name)
    place.settings(name)
    assert settings.plugins == (str(place.home / "mine.py"),)
    assert (place.home / "mine.py.log").read_text() == "x"
    assert [kind.name for kind in all_kinds()] == [*(kind.name for kind in KINDS), "mine"]
    assert kind_named("mine").skill is kind_named("column_sum").skill


def test_a_file_never_replaces_a_module_of_the_same_name(place: Place) -> None:
    import statistics

    place.settings(place.write("statistics.py", KIND.format(name="MINE", called="mine")))
    assert sys.modules["statistics"] is statistics
    assert kind_named("mine")


def test_a_module_and_tuples_count(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.home / "my_extensions").mkdir()
    text = KIND.format(name="_one", called="one") + "_other = replace(SUM, name='other')\nKINDS = (_one, _other)\n"
    (place.home / "my_extensions" / "__init__.py").write_text(text)
    monkeypatch.syspath_prepend(str(place.home))
    place.settings("my_extensions")
    assert [kind.name for kind in all_kinds()][len(KINDS) :] == ["one", "other"]


def test_settings_made_in_python_load_them_as_well(place: Place) -> None:
    place.write("mine.py", BACKEND.format(called="mine", installed=False))
    chosen = Settings.model_validate({"compute": {"backend": "mine"}, "plugins": [str(place.home / "mine.py")]})
    assert chosen.compute.backend == "mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import no_such_module", r"'.*mine\.py' cannot be imported: ModuleNotFoundError"),
        ("x = ", "SyntaxError"),
        ("raise ValueError('stop')", "stop"),
        ("import sys\nsys.exit(3)", "SystemExit"),
        ("x = 1", r"plugin '.*mine\.py' adds nothing"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named_with_the_field_and_a_remedy(place: Place, text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as raised:
        place.settings(place.write("mine.py", text))
    assert "`plugins`" in str(raised.value)
    assert "skillprobe.toml" in (raised.value.path or "")
    assert "remove" in raised.value.remedy


@pytest.mark.parametrize("name", ["missing.py", "missing.sql", "no_such_package.extensions"])
def test_a_plugin_that_is_not_there_is_named(place: Place, name: str) -> None:
    with pytest.raises(SettingsError, match=rf"`plugins`: '.*{name}' cannot be imported"):
        place.settings(name)


def test_a_corrected_plugin_is_loaded(place: Place) -> None:
    name = place.write("mine.py", "raise ValueError")
    with pytest.raises(SettingsError):
        place.settings(name)
    place.write("mine.py", KIND.format(name="MINE", called="mine"))
    place.settings(name)
    assert kind_named("mine")


@pytest.mark.parametrize(
    ("text", "noun", "read"),
    [
        (KIND.format(name="MINE", called="linear_equation"), "item kind 'linear_equation'", all_kinds),
        (MEASURE.format(called="js"), "divergence measure 'js'", lambda: list(MEASURES)),
        (BACKEND.format(called="vllm", installed=False), "backend 'vllm'", all_backends),
        (BACKEND.format(called="vllm", installed=False), "backend 'vllm'", backend_names),
        (TRACKER.format(called="wandb", package=None), "tracker 'wandb'", tracker_names),
        (TABLE.format(called="verdicts"), "table 'verdicts'", all_tables),
    ],
)
def test_a_name_that_is_taken_is_refused(place: Place, text: str, noun: str, read: object) -> None:
    place.settings(place.write("mine.py", text))
    kind, name = noun.rsplit(" ", 1)
    with pytest.raises(SettingsError, match=rf"mine\.py': the name {name} of its {kind} is already used by skillprobe"):
        read()  # type: ignore[operator]


def test_two_plugins_with_one_name_are_both_named(place: Place) -> None:
    one, other = (place.write(f"{name}.py", KIND.format(name="MINE", called="mine")) for name in ("one", "other"))
    place.settings(one, other)
    with pytest.raises(SettingsError, match=r"plugin '.*other\.py'.* already used by plugin '.*one\.py'") as raised:
        all_kinds()
    assert "remove" in raised.value.remedy


def test_a_measure_named_like_another_column_is_refused(place: Place) -> None:
    place.settings(place.write("mine.py", MEASURE.format(called="vocabulary")))
    with pytest.raises(SettingsError, match="'logit_divergence' would have two columns 'vocabulary'"):
        all_tables()


def test_a_measure_is_a_column_of_tables_that_were_imported_before_it(place: Place) -> None:
    before = [column.name for column in LOGIT_DIVERGENCE.columns]
    assert LOGIT_DIVERGENCE.of_code == {"measures": None}
    of_weights = PARAMETER_STATS.of_code
    place.settings(place.write("mine.py", MEASURE.format(called="mine")))
    assert [column.name for column in LOGIT_DIVERGENCE.columns] == [*before, "mine"]
    assert LOGIT_DIVERGENCE.of_code["measures"] is not None
    assert NOISE_FLOOR.of_code == {"measures": None}  # it gives them no column
    assert PARAMETER_STATS.of_code == of_weights


def test_another_version_of_a_measure_is_another_set(place: Place) -> None:
    versions = set()
    for version in (1, 2):
        text = MEASURE.format(called="mine").replace("name=", f"version={version}, name=")
        plugins._named_in_settings.clear()
        place.settings(place.write(f"mine{version}.py", text))
        versions.add(LOGIT_DIVERGENCE.of_code["measures"])
    assert len(versions) == 2


def test_the_sets_of_this_version_leave_stored_rows_as_they_are() -> None:
    """A changed set of the product's own measures needs no other line: rows without it are stale. See `measure_set`."""
    for table in all_tables():
        # The set of weight measures has grown since, so that its earlier rows are stale.
        assert any(table.of_code.values()) == (table.name == "parameter_stats"), table.name
        assert table.same_code({name: value for name, value in table.of_code.items() if value})


def test_a_backend_is_chosen_where_it_is_installed_and_joins_the_noise_floor(place: Place) -> None:
    import torch

    with pytest.raises(ValueError, match=r"unknown backend; use one of auto, .*transformers"):
        ComputeSettings(backend="mine")
    place.settings(place.write("mine.py", BACKEND.format(called="mine", installed=True)))
    assert ComputeSettings(backend="mine").backend == "mine"
    assert choose_backend("auto", "cpu") == "mine"
    assert open_backend(Path("somewhere"), "mine", device="cpu").device == "cpu"  # type: ignore[attr-defined]
    assert "mine" in {each.backend for each in noise_conditions("transformers", torch.float32)}


def test_a_backend_that_is_not_installed_is_neither_chosen_nor_compared(place: Place) -> None:
    import torch

    place.settings(place.write("mine.py", BACKEND.format(called="mine", installed=False)))
    assert choose_backend("auto", "cpu") == "transformers"
    assert "mine" not in {each.backend for each in noise_conditions("transformers", torch.float32)}


def test_an_unknown_backend_in_the_settings_is_named_with_the_valid_ones(place: Place) -> None:
    with pytest.raises(SettingsError, match=r"`compute\.backend`: unknown backend; use one of auto, .*vllm"):
        place.settings(further='[compute]\nbackend = "vlm"\n')


def test_a_tracker_without_its_package_is_refused(place: Place) -> None:
    place.settings(place.write("mine.py", TRACKER.format(called="mine", package="'no_such_package'")))
    assert tracker_names() == (*TRACKERS, "mine")
    with pytest.raises(SettingsError, match="the package no_such_package is not installed"):
        open_tracker("mine", place.home)


def test_names_of_files_are_those_of_what_they_declare() -> None:
    """Backends and trackers are listed by their files' names, without importing them."""
    assert set(backend_names()) == {offer.name for offer in all_backends()}


def test_registries_keep_their_order() -> None:
    assert [layout.order for layout in LAYOUTS] == sorted(layout.order for layout in LAYOUTS)
    assert [layout.name for layout in LAYOUTS][:3] == ["marked", "llama_factory", "hf_trainer"]
    assert [measure.order for measure in MEASURES] == sorted(measure.order for measure in MEASURES)
    assert MEASURES[0].name == "forward_kl"
    assert [family.order for family in FAMILIES] == sorted(family.order for family in FAMILIES)
    assert [source.name for source in SOURCES] == sorted(source.name for source in SOURCES)
    names = [query.name for query in named_queries()]
    assert names == sorted(names)
    assert LOGIT_DIVERGENCE.columns[: len(CHECKPOINT_KEYS)] == CHECKPOINT_KEYS


def test_the_plugins_of_a_store_load_whatever_else_its_settings_lack(place: Place) -> None:
    name = place.write("mine.py", KIND.format(name="MINE", called="mine"))
    (place.home / "skillprobe.toml").write_text(f'plugins = ["{name}"]\nunknown = 1\n')
    load_plugins_of(place.home)
    assert kind_named("mine")
    load_plugins_of(place.home / "nowhere")


def test_a_broken_plugin_stops_only_commands_that_read_a_store(place: Place) -> None:
    place.write("mine.py", "raise ValueError('broken')")
    (place.home / "skillprobe.toml").write_text('plugins = ["mine.py"]\n')
    program = "from skillprobe_core.show.cli.main import main; import sys; sys.argv[0] = 'skillprobe'; main()"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, *words],
            capture_output=True,
            text=True,
            check=False,
            env={"SKILLPROBE_HOME": str(place.home), "PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin"},
        )

    assert run("--help").returncode == 0
    assert run("models", "--help").returncode == 0
    refused = run("sql", "--list")
    assert refused.returncode == 1
    assert "broken" in refused.stderr
    assert "Remedy" in refused.stderr
    assert "Traceback" not in refused.stderr
