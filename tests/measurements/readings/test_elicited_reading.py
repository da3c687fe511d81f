"""The elicited reading with a scripted backend: few-shot prompts show the format."""

import polars as pl

from skillprobe_core.measurements.readings.elicited_reading import elicited_rows
from skillprobe_core.measurements.readings.readings_settings import SHOTS
from skillprobe_core.project.project import Project


def test_examples_bring_the_format_back_but_not_the_skill(lost: Project) -> None:
    for step, verdict in ((10, "correct"), (20, "malformed")):
        probe = lost.probe(f"m/{step}")
        rows = elicited_rows(probe, probe.items)
        assert rows.height == probe.items.height
        assert set(rows["verdict"]) == {verdict}


def test_items_without_examples_are_left_out(lost: Project) -> None:
    probe = lost.probe("m/10")
    items = probe.items.with_columns(
        source=pl.when(pl.col("kind") == "column_sum").then(pl.lit("imported")).otherwise("source")
    )
    rows = elicited_rows(probe, items)
    assert set(rows["item_id"]) == set(items.filter(kind="shopping_total")["item_id"])


def test_there_are_more_examples_than_by_default(lost: Project) -> None:
    assert lost.settings.prompts.shots < SHOTS
