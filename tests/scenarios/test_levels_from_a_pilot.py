"""`levels = "auto"`, from the settings file to the report: two bases, each with items of its own."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

import skillprobe
from skillprobe_core.demo.base_model import base_model_folder
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.show.cli.main import app
from tests.conftest import write_tiny_checkpoint

SETTINGS = """
settle_seconds = 0

[items]
levels = "auto"
per_level = 2
kinds = ["energy_levels"]

[sampling]
max_new_tokens = 64

[compute]
backend = "transformers"
device = "cpu"
dtype = "float32"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A store with settings for two runs, `weak` and `weaker`, from one base of random weights."""
    place = tmp_path_factory.mktemp("auto")
    text = SETTINGS
    for model in ("weak", "weaker"):
        write_tiny_checkpoint(place / model, tiny_base, 10)
        text += f'\n[[runs]]\nmodel = "{model}"\nfolder = "{place / model}"\nbase = "{tiny_base}"\n'
    (place / "store").mkdir()
    (place / "store" / "skillprobe.toml").write_text(text)
    return place / "store"


@pytest.fixture(scope="module")
def watched(home: Path) -> Path:
    """The store after both runs were watched and the demo's base was probed as `strong`."""
    for arguments in (("probe", str(base_model_folder()), "--model", "strong"), ("watch", "--once")):
        result = run(home, *arguments)
        assert result.exit_code == 0, result.output
    return home


def run(home: Path, *arguments: str) -> Result:
    return CliRunner(env={"SKILLPROBE_HOME": str(home), "COLUMNS": "300"}).invoke(app, [*arguments])


def protocols(home: Path) -> dict[str, set[str]]:
    """The protocols under which each model has verdicts."""
    store = Store(home)
    digests = [path.stem for path in home.glob("verdicts/*/*/*.parquet")]
    return {
        model: {digest for digest in digests if store.steps(VERDICTS, model, digest)}
        for model in store.models(VERDICTS)
    }


def test_models_of_one_base_have_one_protocol_and_bases_their_own(watched: Path) -> None:
    found = protocols(watched)
    assert found["weak"] == found["weaker"]
    assert len(found["weak"]) == len(found["strong"]) == 1
    assert found["weak"] != found["strong"]
    assert len([*watched.glob("pilots/*/*.parquet")]) == 2


def test_a_second_look_and_a_probe_reuse_everything(watched: Path, tiny_base: Path) -> None:
    files = {path: path.stat().st_mtime_ns for path in watched.glob("[!_]*/**/*.parquet")}
    probed = run(
        watched, "probe", str(watched.parent / "weak" / "checkpoint-10"), "--base", str(tiny_base), "--model", "weak"
    )
    assert probed.exit_code == 0, probed.output
    assert "reused" in probed.output
    assert "A pilot on the base" in probed.output
    assert "1 of them is uninformative" in probed.output
    assert {path: path.stat().st_mtime_ns for path in watched.glob("[!_]*/**/*.parquet")} == files


def test_python_and_a_dry_run_find_the_same_protocol(watched: Path, tiny_base: Path) -> None:
    checkpoint = watched.parent / "weak" / "checkpoint-10"
    found = skillprobe.probe(checkpoint, tiny_base, model="weak", home=watched, dry_run=True)
    assert {found.protocol} == protocols(watched)["weak"]
    assert not found.computed


def test_a_dry_run_before_the_pilot_says_so_and_writes_nothing(tmp_path: Path, tiny_base: Path) -> None:
    (tmp_path / "skillprobe.toml").write_text(SETTINGS)
    found = skillprobe.probe(tiny_base, home=tmp_path, dry_run=True)
    assert (found.protocol, found.items) == ("", 0)
    assert any("pilot" in table.reason for table in found.tables)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["skillprobe.toml"]


def test_commands_show_the_models_of_one_base_and_name_the_others(watched: Path) -> None:
    digests = {model: next(iter(found)) for model, found in protocols(watched).items()}
    shown = run(watched, "scores", "strong").output
    assert "strong/0" in shown
    assert "weak/10" not in shown
    everything = run(watched, "scores").output
    named = [line for line in everything.splitlines() if "has another base" in line]
    hidden = {"strong"} if "weak/10" in everything else {"weak", "weaker"}
    assert {line.split()[0] for line in named} == hidden
    assert all(digests[line.split()[0]] in line for line in named)


def test_models_of_two_bases_are_not_compared_and_the_remedy_works(watched: Path) -> None:
    refused = run(watched, "compare", "weak@10", "strong@0")
    assert refused.exit_code == 1
    assert "was not evaluated under protocol" in str(refused.exception)
    assert "items of their own" in str(refused.exception)
    for one in (("study", "weak", "strong"), ("report", "weak", "strong")):
        assert "was not evaluated under protocol" in str(run(watched, *one).exception)
    assert run(watched, "compare", "weak@10", "weaker@10").exit_code == 0


def test_the_pilot_is_shown_as_a_table_and_in_the_report(watched: Path, tmp_path: Path) -> None:
    digest = next(iter(protocols(watched)["strong"]))
    table = run(watched, "items", "pilot", "--protocol", digest).output
    assert "energy_levels" in table
    assert "A pilot on the base" in table
    stats = run(watched, "items", "stats")
    assert stats.exit_code == 0
    report = run(watched, "report", "weak", "--target", "science", "--out", str(tmp_path / "report.html"))
    assert report.exit_code == 0, report.output
    assert "A pilot on the base" in (tmp_path / "report.html").read_text()
    rows = skillprobe.open(watched).sql("SELECT base, count(*) AS levels FROM pilots GROUP BY base")
    assert isinstance(rows, pl.DataFrame)
    assert rows.height == 2


def test_a_protocol_whose_levels_are_listed_has_no_pilot(watched: Path) -> None:
    text = (watched / "skillprobe.toml").read_text()
    other = watched.parent / "listed"
    other.mkdir()
    (other / "skillprobe.toml").write_text(text.replace('"auto"', "[1]"))
    assert run(other, "items", "build").exit_code == 0
    refused = run(other, "items", "pilot")
    assert refused.exit_code == 1
