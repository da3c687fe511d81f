"""`skillprobe.open` on a store with a planted study."""

import shutil
from pathlib import Path

import polars as pl
import pytest

import skillprobe
from skillprobe import SkillprobeError
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.table_registry import all_tables

MODELS = ["planted-rl", "planted-sft"]


@pytest.fixture(scope="module")
def results(study: Store) -> skillprobe.Results:
    return skillprobe.open(study.root)


def test_the_home_is_that_of_the_command_line(
    study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: skillprobe.Results
) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(study.root))
    assert skillprobe.open().home == results.home == study.root
    monkeypatch.delenv("SKILLPROBE_HOME")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SkillprobeError, match=r"\.skillprobe: the store holds no results yet"):
        skillprobe.open()
    assert list(tmp_path.iterdir()) == []
    assert repr(results) == f"skillprobe.open({str(study.root)!r})"


def test_sql_takes_statements_named_queries_and_parameters(results: skillprobe.Results) -> None:
    steps = "SELECT DISTINCT step FROM skill_scores WHERE model = $model AND step > $least ORDER BY step"
    found = results.sql(steps, model="planted-sft", least=0)["step"].to_list()
    assert found == [step for step in results.table("skill_scores", "planted-sft")["step"].unique().sort() if step > 0]
    assert results.sql("SELECT 1 AS one, 'a' AS a").equals(pl.DataFrame({"one": [1], "a": ["a"]}), null_equal=True)
    assert results.sql("forgotten_items", model="planted-sft").height > 5
    with pytest.raises(SkillprobeError, match="no model named 'nun'"):
        results.sql("SELECT * FROM skill_scores WHERE model = 'nun'")
    with pytest.raises(SkillprobeError, match="needs a value for model"):
        results.sql("forgotten_items")
    with pytest.raises(SkillprobeError, match="DuckDB rejects the query"):
        results.sql("SELECT nothing FROM skill_scores")


def test_a_table_is_read_as_it_was_stored(results: skillprobe.Results, study: Store) -> None:
    one = results.table("skill_scores", "planted-sft", 0)
    assert one.equals(study.read(SKILL_SCORES, Partition.checkpoint("planted-sft", 0, results.protocol)))
    every = results.table("skill_scores")
    assert every["model"].unique().sort().to_list() == MODELS
    assert results.table("skill_scores", step=0)["model"].n_unique() == 2
    assert results.table("items")["item_set"].n_unique() == 1
    for table in all_tables():
        assert results.table(table.name).schema == table.polars_schema, table.name


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "unknown table 'nowhere'"),
        (("skill_scores", "nun"), r"no rows of model 'nun'[\s\S]*planted-rl, planted-sft"),
        (("skill_scores", "planted-rl", 7), "no rows of step 7"),
        (("items", "planted-rl"), "has no column 'model'"),
        (("token_divergence", "planted-rl"), r"no rows of model[\s\S]*skillprobe probe"),
    ],
)
def test_what_is_not_there_is_named(arguments: tuple[str, ...], says: str, results: skillprobe.Results) -> None:
    with pytest.raises(SkillprobeError, match=says):
        results.table(*arguments)


def test_models_and_protocols_are_listed_and_an_unknown_protocol_is_refused(results: skillprobe.Results) -> None:
    assert results.models() == MODELS
    (row,) = results.protocols().to_dicts()
    assert (row["protocol"], row["current"]) == (results.protocol, True)
    assert row["checkpoints"] == results.table("verdicts").select("model", "step").n_unique()
    with pytest.raises(SkillprobeError, match="no protocol 'x'"):
        skillprobe.open(results.home, "x")


def test_a_comparison_is_that_of_the_stored_checkpoints(results: skillprobe.Results) -> None:
    last = results.table("verdicts", "planted-sft")["step"].max()
    found = results.compare("base", f"planted-sft@{last}")
    assert found.equals(results.compare("planted-sft@0", f"planted-sft/{last}"))
    assert found.equals(skillprobe.compare("base", f"planted-sft@{last}", home=results.home))
    stored = results.table("profile_tests", "planted-sft", last)
    keys = ["scope", "skill", "domain"]
    both = found.select(*keys, "change").join(stored.select(*keys, "change"), on=keys, suffix="_stored")
    assert both.height == stored.height
    assert both["change"].to_list() == pytest.approx(both["change_stored"].to_list())
    with pytest.raises(SkillprobeError, match="no model to compare"):
        results.compare("base", "base")


def test_a_study_is_stored_by_the_function_only(study: Store, tmp_path: Path) -> None:
    home = shutil.copytree(study.root, tmp_path / "copy")
    shutil.rmtree(home / "study_points", ignore_errors=True)
    read = skillprobe.open(home).study(MODELS, targets=["calculation"])
    assert not (home / "study_points").exists()
    assert {"study_points", "law_fits", "transfer"} <= read.keys()
    written = skillprobe.study(MODELS, ["calculation"], home=home)
    assert written.keys() == read.keys()
    stored = skillprobe.open(home).table("study_points")
    assert stored.equals(written["study_points"])
    assert stored.select("model", "step", "gain").equals(read["study_points"].select("model", "step", "gain"))
    with pytest.raises(SkillprobeError, match="no model named 'nun'"):
        skillprobe.study(["nun"], home=home)


def test_a_report_is_written(results: skillprobe.Results, tmp_path: Path) -> None:
    file = skillprobe.report(tmp_path / "new" / "report.html", ["planted-rl"], home=results.home)
    assert "planted-rl" in file.read_text()
    (tmp_path / "taken").write_text("")
    with pytest.raises(SkillprobeError, match=r"taken.*cannot be written"):
        results.report(tmp_path / "taken" / "report.html")
