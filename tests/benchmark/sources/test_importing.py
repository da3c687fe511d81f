"""From a package or a file to items in the store and in an item set."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.sources import SOURCES, source_named
from skillprobe_core.benchmark.sources.importing import import_source, sample, stored_items
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import ItemError
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.show.cli.main import app


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False).stdout


def items_of(settings: ItemSettings, store: Store, name: str | None = None) -> pl.DataFrame:
    return Project(Settings(items=settings, protocol=ProtocolSettings(name=name)), store).items


def write_questions(home, count=300):
    file = home / "mine.jsonl"
    rows = [{"q": f"What is {n} + {n}?", "a": 2 * n, "hard": 1 + n % 5, "family": n // 10} for n in range(count)]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_what_was_never_imported_or_is_unknown_says_what_to_do(home):
    with pytest.raises(ItemError, match="skillprobe items import gsm8k"):
        items_of(ItemSettings(kinds=(), sources=("gsm8k",)), Store(home))
    with pytest.raises(ItemError, match=r"unknown source 'nun'[\s\S]*gsm8k"):
        source_named("nun")
    with pytest.raises(ItemError, match="not one of those"):
        run("items", "import", "gym/rubiks_cube")
    assert "gsm8k" in run("items", "sources")


def test_a_larger_sample_holds_a_smaller_one_and_another_seed_another(home):
    run("items", "import", write_questions(home), "--skill", "calculation", "--domain", "math", "--prompt", "q",
        "--answer", "a", "--split", "evaluation")  # fmt: skip
    stored = stored_items("mine", home)
    small, large = (set(sample(stored, count, seed=0)["item_id"]) for count in (20, 50))
    assert len(small) == 20
    assert small < large
    assert set(sample(stored, 20, seed=1)["item_id"]) != small
    assert sample(stored, 20, seed=0, split=Split.TRAIN).is_empty()


@pytest.mark.slow
def test_every_source_downloads_and_parses_whole(home):
    """Downloads 132 MB; the counts are those of the pinned packages."""
    counts = {}
    for source in SOURCES:
        frame = import_source(source.name, home)
        counts[source.name] = frame.height
        assert not frame["item_id"].is_duplicated().any()
        assert set(frame["source"]) == {source.name}
    assert counts == {
        "arc": 3548, "basic_skills": 5967, "error_recovery": 1436, "gsm8k": 1319, "gsm8k_first_error": 972,
        "math500": 500, "mmlu": 15438, "triviaqa": 7992,
    }  # fmt: skip
