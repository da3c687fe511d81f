"""Every reading of checkpoints that lost the format, or the skill, with a scripted backend."""

import polars as pl
import pytest

from skillprobe_core.benchmark.fair_reading import ELICITED, EXACT, FORCED
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.readings.format_shares_table import FORMAT_SHARES
from skillprobe_core.measurements.readings.readings_settings import ReadingSettings
from skillprobe_core.measurements.readings.readings_table import READINGS
from skillprobe_core.measurements.readings.take_readings import chosen_items, paired, take_readings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import tables_for


@pytest.mark.parametrize("reading", [FORCED, ELICITED])
@pytest.mark.parametrize(("step", "share"), [(10, 1.0), (20, 0.0)])
def test_the_share_of_a_lost_format_is_1_and_of_a_lost_skill_0(lost: Project, reading: str, step: int, share: float):
    rows = lost.probe(f"m/{step}").stored(FORMAT_SHARES).filter(pl.col("fell"), reading=reading)
    assert rows.height > 0
    for row in rows.iter_rows(named=True):
        assert (row["fall"], row["format_share"]) == (1.0, share)
        assert row["share_low"] <= share <= row["share_high"]
        assert abs(row["share_high"] - row["share_low"]) < 0.3


def test_exact_reads_all_items_and_the_others_those_that_fell(lost: Project) -> None:
    for step in (10, 20):
        probe = lost.probe(f"m/{step}")
        by_reading = {
            reading: rows for (reading,), rows in probe.stored(READINGS).partition_by("reading", as_dict=True).items()
        }
        assert set(by_reading) == {EXACT, FORCED, ELICITED}
        assert set(by_reading[EXACT]["item_id"]) == set(probe.items["item_id"])
        assert set(by_reading[FORCED]["item_id"]) == set(chosen_items(probe)["item_id"])
        assert set(by_reading[EXACT]["base_verdict"]) == {"correct"}
        assert by_reading[EXACT]["completion"].null_count() == probe.items.height


def test_a_base_has_no_fall(lost: Project) -> None:
    rows = lost.probe("m/0").stored(READINGS)
    assert set(rows["reading"]) == {EXACT}
    assert set(lost.probe("m/0").stored(FORMAT_SHARES)["fall"]) == {0.0}


def test_the_base_is_forced_once_for_all_checkpoints(lost: Project) -> None:
    """Its completions are in the log of generations, so a second reading opens no backend."""
    probe = lost.probe("m/10")
    settings = lost.settings.model_copy(
        update={"compute": lost.settings.compute.model_copy(update={"backend": "scripted_readings"})}
    )
    again = take_readings(Project(settings, lost.store).probe("m/10"))
    assert again.drop("protocol", strict=False).equals(probe.stored(READINGS).drop("protocol"))


def test_they_are_made_on_request_only(lost: Project) -> None:
    names = {"readings", "format_shares"}
    assert names <= {table.name for table in tables_for(lost.probe("m/10"))}
    plain = Project(lost.settings.model_copy(update={"readings": ReadingSettings()}), lost.store)
    assert not names & {table.name for table in tables_for(plain.probe("m/10"))}


def test_all_cells_can_be_chosen(lost: Project) -> None:
    chosen = ReadingSettings(also=("forced",), cells="all")
    project = Project(lost.settings.model_copy(update={"readings": chosen}), lost.store)
    assert chosen_items(project.probe("m/0")).height == project.probe("m/0").items.height


def test_a_fair_score_is_not_moved_by_other_readings(lost: Project) -> None:
    assert set(lost.probe("m/10").stored(GENERATIONS)["reading"]) == {"fair"}


def test_sides_are_paired_by_item_and_sample() -> None:
    side = pl.DataFrame(
        {"item_id": ["a", "a", "b"], "sample": [0, 1, 0], "verdict": ["correct", "wrong", "wrong"],
         "extracted": None, "completion": None}
    )  # fmt: skip
    rows = paired("forced", side, side.reverse().head(2))
    assert rows.select("item_id", "sample", "verdict", "base_verdict").rows() == [
        ("a", 1, "wrong", "wrong"),
        ("b", 0, "wrong", "wrong"),
    ]


def test_the_cost_is_stated_for_what_is_requested() -> None:
    assert ReadingSettings().cost == ()
    assert [cost.split(":")[0] for cost in ReadingSettings(also=("elicited",)).cost] == ["exact", "elicited"]
    assert "all items" in ReadingSettings(also=("forced",), cells="all").cost[1]
