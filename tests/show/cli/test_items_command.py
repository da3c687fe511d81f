"""`skillprobe items`: build, show, stats, import, sources, check."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.sources.importing import stored_items
from skillprobe_core.benchmark.splits import split_of
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import ItemError
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings
from skillprobe_core.show.cli.main import app

SOUND = '''
"""Count letters."""
import random
from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill


def draft(level: int, rng: random.Random) -> Draft:
    word = "".join(rng.choice("abc") for _ in range(10 * level))
    wanted = rng.choice("abc")
    asked = f"How often does {wanted} stand in {word}?"
    {extra}
    return Draft(asked, str(word.count(wanted)), f"Count.\\nAnswer: {{word.count(wanted)}}", "often", 0.1)


KIND = Kind("letters", 1, Skill.ENUMERATION, Domain.GENERAL, AnswerType.INTEGER, draft)
'''


def write(path, extra="pass"):
    path.write_text(SOUND.replace("{extra}", extra).replace("{{", "{").replace("}}", "}"))
    return path


def test_a_sound_kind_of_a_user_passes(tmp_path):
    result = CliRunner().invoke(app, ["items", "check", str(write(tmp_path / "letters.py")), "-n", "8"])
    assert result.exit_code == 0, result.stdout
    assert "kinds checked: 1; checks failed: 0" in result.stdout


def test_a_kind_that_depends_on_the_hash_seed_fails(tmp_path):
    file = write(tmp_path / "letters.py", "asked += ' ' + ' '.join({'red', 'green', 'blue', 'black'})")
    result = CliRunner().invoke(app, ["items", "check", str(file), "-n", "2"])
    assert result.exit_code == 1
    assert "FAILED  same_everywhere (letters)" in result.stdout


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


def test_a_file_is_imported_with_its_columns_and_joins_the_kinds_in_an_item_set(home):
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


def test_a_file_without_items_to_evaluate_says_how_to_get_some(home):
    (home / "few.jsonl").write_text('{"prompt": "What is 2 + 2?", "answer": "4"}')
    command = ("items", "import", home / "few.jsonl", "--skill", "calculation", "--domain", "math")
    assert "--split evaluation" in run(*command, "--split", "train")
    settings = ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",), sources=("few",))
    with pytest.raises(ItemError, match=r"'few' has no items in the evaluation split[\s\S]*--split evaluation"):
        items_of(settings, Store(home))
    again = run(*command, "--split", "evaluation")
    assert items_of(settings, Store(home)).filter(source="few").height == 1
    assert "1 items, 1 in the evaluation split" in again
    assert "none of them" not in again


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
        ('{"prompt": ', [], "line 1 cannot be read as JSON"),
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
