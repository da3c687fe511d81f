"""The figure of a table, of a model's history or of one partition."""

import base64
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.drawing.small_figures import figure_of_rows, small_figure
from skillprobe_core.engine.presentation import Figure
from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import table_named


def under(store: Store) -> str:
    return current_protocol(store).protocol


def drawing(markdown: str | None) -> str:
    assert markdown is not None
    svg = base64.b64decode(markdown.split("base64,")[1][:-1]).decode()
    ET.fromstring(svg)
    return svg


@pytest.mark.parametrize(
    "table",
    ["checkpoints", "generations", "verdicts", "skill_scores", "profile_tests", "logit_divergence", "parameter_stats"],
)
def test_each_table_has_a_figure_of_the_steps_so_far(study: Store, table: str) -> None:
    first, last = (
        len(drawing(small_figure(study, under(study), table_named(table), "planted-sft", step))) for step in (0, 300)
    )
    assert table == "profile_tests" or last > first
    assert last < 60_000


def test_a_table_without_a_figure_has_none(study: Store) -> None:
    assert small_figure(study, under(study), table_named("noise_floor"), "planted-sft", 0) is None


def test_the_history_ends_at_the_step_and_holds_at_most_sixty_before_it(study: Store, tmp_path: Path) -> None:
    store = Store(Path(shutil.copytree(study.root, tmp_path / "store")))
    table, protocol = table_named("skill_scores"), under(store)
    first = store.read(table, Partition.checkpoint("planted-rl", 0, protocol))
    for step in range(1, 100):
        part = Partition.checkpoint("many", step, protocol)
        store.write(table, part, first.with_columns(model=pl.lit("many"), step=pl.lit(step)), Provenance("v", "1"))
    seen: list[list[int]] = []

    def draw(rows: pl.DataFrame, *_: object) -> tuple[str, str]:
        seen.append(rows["step"].unique().sort().to_list())
        return "<svg/>", "steps"

    counting = replace(table, figure=Figure(draw))
    assert small_figure(store, protocol, counting, "many", 99) is not None
    assert small_figure(store, protocol, counting, "many", 3) is not None
    assert small_figure(store, protocol, replace(counting, figure=Figure(draw, history=False)), "many", 50) is not None
    assert len(seen[0]) <= 61
    assert (seen[0][0], seen[0][-1]) == (1, 99)
    assert seen[1:] == [[1, 2, 3], [50]]


def test_steps_of_another_version_are_left_out(study: Store) -> None:
    table, protocol = table_named("skill_scores"), under(study)
    seen: list[list[int]] = []

    def draw(rows: pl.DataFrame, *_: object) -> tuple[str, str]:
        seen.append(rows["step"].unique().sort().to_list())
        return "<svg/>", "steps"

    newer = replace(table, version=table.version + 1, readable_since=table.version, figure=Figure(draw))
    small_figure(study, protocol, newer, "planted-rl", 300)
    assert seen == [[300]]


def test_no_rows_have_no_figure(study: Store) -> None:
    table = table_named("skill_scores")
    assert figure_of_rows(study, under(study), table, pl.DataFrame(schema=table.polars_schema)) is None
    assert figure_of_rows(study, None, replace(table, figure=None), pl.DataFrame({"a": [1]})) is None
