"""From a package or a file to items in the store and in an item set."""

import hashlib
import json
import zipfile

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.sources import SOURCES, source_named
from skillprobe_core.benchmark.sources.importing import import_source, sample, stored_items
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import DownloadError, ItemError
from skillprobe_core.machine.registry_downloads import Package, fetch_package
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


def test_a_package_is_checked_each_time_and_a_bad_one_is_named(tmp_path):
    kept = tmp_path / "thing-1.0.whl"
    kept.write_bytes(b"good")
    package = Package("thing==1.0", hashlib.sha256(b"good").hexdigest())
    assert fetch_package(package, tmp_path) == kept
    kept.write_bytes(b"bad")
    with pytest.raises(DownloadError, match=r"thing-1.0.whl: SHA-256 is [0-9a-f]{64}, expected"):
        fetch_package(package, tmp_path)


def test_a_download_that_breaks_is_one_error_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    with pytest.raises(DownloadError, match=r"pip could not download no-such-thing==9.9"):
        fetch_package(Package("no-such-thing==9.9", "0" * 64), tmp_path / "packages")
    assert not list((tmp_path / "packages").iterdir())


def test_a_downloaded_package_of_another_digest_is_not_kept(tmp_path, monkeypatch):
    wheel = tmp_path / "links" / "thing-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as opened:
        opened.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        opened.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        opened.writestr("thing-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    with pytest.raises(DownloadError, match="expected 0000"):
        fetch_package(Package("thing==1.0", "0" * 64), tmp_path / "packages")
    assert not list((tmp_path / "packages").iterdir())
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert fetch_package(Package("thing==1.0", digest), tmp_path / "packages").read_bytes() == wheel.read_bytes()


def write_questions(home, count=300):
    file = home / "mine.jsonl"
    rows = [{"q": f"What is {n} + {n}?", "a": 2 * n, "hard": 1 + n % 5, "family": n // 10} for n in range(count)]
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_a_file_comes_in_with_its_columns_and_is_asked_beside_the_kinds(home):
    file = write_questions(home)
    told = run(
        "items", "import", file, "--skill", "calculation", "--domain", "math", "--answer-type", "integer",
        "--prompt", "q", "--answer", "a", "--level-column", "hard", "--cluster", "family",
    )  # fmt: skip
    assert "mine: 300 items" in told
    stored = stored_items("mine", home)
    assert stored["level"].to_list() == [1 + n % 5 for n in range(300)]
    assert stored["template"].to_list() == [f"mine/{n // 10}" for n in range(300)]
    assert all(split_of(prompt) == split for prompt, split in stored.select("prompt", "split").iter_rows())

    settings = ItemSettings(levels=(1,), per_level=2, kinds=("column_sum",), sources=("mine",), per_source=9)
    store = Store(home)
    frame = items_of(settings, store)
    assert frame["source"].value_counts().sort("source").rows() == [("mine", 9), ("procedural", 2)]
    assert set(frame["split"]) == {"evaluation"}
    assert items_of(settings, store).equals(frame)
    assert items_of(settings.model_copy(update={"sources": ("mine", "mine")}), store).equals(frame)
    alone = items_of(settings.model_copy(update={"kinds": ()}), store)
    assert set(alone["item_id"]) == set(frame.filter(source="mine")["item_id"])
    # The file is imported again with other questions: the settings keep their item set, a new name takes the new one.
    write_questions(home, 200)
    run("items", "import", file, "--skill", "calculation", "--domain", "math", "--answer-type", "integer",
        "--prompt", "q", "--answer", "a")  # fmt: skip
    assert items_of(settings, store).equals(frame)
    assert items_of(settings, store, "new")["item_set"][0] != frame["item_set"][0]


def test_a_parquet_file_of_multiple_choice_by_text_letter_or_place(home):
    rows = {
        "prompt": ["One?", "Two?", "Three?"],
        "answer": ["red", "B", "2"],
        "options": [["red", "blue", "green"]] * 3,
    }
    pl.DataFrame(rows).write_parquet(home / "colours.parquet")
    run("items", "import", home / "colours.parquet", "--skill", "fact_retrieval", "--domain", "general", "--options",
        "options", "--name", "my colours", "--split", "evaluation")  # fmt: skip
    stored = stored_items("my colours", home)
    assert stored["answer"].to_list() == ["A", "B", "C"]
    assert stored["prompt"][0] == "One?\nA) red\nB) blue\nC) green"


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        ('{"prompt": "a", "answer": "b"}', ["--prompt", "q"], "no column 'q'"),
        ('{"prompt": "a", "answer": "b"}', ["--skill", "thought"], "'thought' is not a valid Skill"),
        ('{"prompt": "a", "answer": "b"}', ["--answer-type", "integer"], "is not a number"),
        ('{"prompt": "", "answer": "b"}', [], "row 1 needs a prompt"),
        ('{"prompt": "a", "answer": "z", "o": ["b", "c"]}', ["--options", "o"], "not one of the options"),
        ('{"prompt": ', [], "cannot be read as JSON lines"),
        ('{"prompt": "a", "answer": "b"}', ["--cluster", "family"], "no column 'family'"),
        ('{"prompt": "a", "answer": "b", "family": null}', ["--cluster", "family"], "row 1 has no 'family'"),
        ('{"prompt": "a", "answer": "b", "hard": "very"}', ["--level-column", "hard"], "level from 1 to 5; .* 'very'"),
        ('{"prompt": "a", "answer": "b", "hard": null}', ["--level-column", "hard"], "level from 1 to 5; .* None"),
        ('{"prompt": "a", "answer": "b"}', ["--name", "procedural"], "cannot be named 'procedural'"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(home, content, arguments, words):
    file = home / "bad.jsonl"
    file.write_text(content)
    with pytest.raises(ItemError, match=words):
        run("items", "import", file, "--skill", "calculation", "--domain", "math", *arguments)
    assert not (home / "sources").exists()


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
