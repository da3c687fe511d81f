"""Items that a base solved and a checkpoint does not: all of them counted, the easiest shown first."""

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_subject import read_models
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.show.report.forgotten_items import forgotten_items

MODELS = ["planted-rl", "planted-sft"]
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


@pytest.fixture
def tables(study: Store) -> Tables:
    protocol = current_protocol(study).protocol
    verdicts, generations = (read_models(study, protocol, table, MODELS) for table in (VERDICTS, GENERATIONS))
    return verdicts, generations, judged_items(study, protocol)


def test_they_are_the_items_that_counting_gives(tables: Tables) -> None:
    verdicts, _, _ = tables
    rows = pl.DataFrame(forgotten_items(*tables))
    solved = verdicts.filter(step=0, verdict="correct").select("model", "item_id")
    for (model, step), shown in rows.group_by("model", "step"):
        now = verdicts.filter(pl.col("verdict") != "correct", model=model, step=step)
        assert shown["total"].unique().to_list() == [now.join(solved, on=["model", "item_id"], how="semi").height]
    last = rows.filter(model="planted-sft", step=300)
    assert last.filter(skill="simulation", domain="science").height > 5
    assert all(text.startswith("Answer: ") for text in last["base_said"])


def test_the_last_step_of_a_model_comes_first_and_easy_items_before_hard_ones(tables: Tables) -> None:
    rows = pl.DataFrame(forgotten_items(*tables))
    assert rows.filter(model="planted-sft")["step"].to_list() == sorted(
        rows.filter(model="planted-sft")["step"], reverse=True
    )
    for _, shown in rows.group_by("model", "step"):
        assert shown["level"].is_sorted()


def test_long_texts_are_cut(tables: Tables) -> None:
    verdicts, generations, items = tables
    long = generations.with_columns(completion=pl.lit("x" * 5_000))
    for row in forgotten_items(verdicts, long, items):
        assert len(str(row["now_says"])) == 2_002
        assert str(row["now_says"]).endswith(" …")


def test_many_checkpoints_show_fewer_each(tables: Tables) -> None:
    verdicts, generations, items = tables
    lost = [verdicts.filter(step=0, model="planted-rl")]
    said = [generations.filter(step=0, model="planted-rl")]
    for step in range(1, 400):
        lost.append(lost[0].with_columns(step=pl.lit(step, pl.Int64), verdict=pl.lit("wrong")))
        said.append(said[0].with_columns(step=pl.lit(step, pl.Int64)))
    rows = pl.DataFrame(forgotten_items(pl.concat(lost), pl.concat(said), items))
    assert rows.group_by("step").len()["len"].unique().to_list() == [8]
    assert rows["total"].min() > 8
