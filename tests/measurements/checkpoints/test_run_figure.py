"""The overview of a run: its checkpoints, and the tables stored for each."""

import base64
import json
import shutil
import xml.etree.ElementTree as ET
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from skillprobe_core.drawing.small_figures import small_figure
from skillprobe_core.drawing.svg import COLOURS
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.checkpoints.run_figure import run_figure
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import table_named, tables_of_checkpoints

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: str, name: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}{name}"))


def under(store: Store) -> str:
    return current_protocol(store).protocol


def drawing(markdown: str | None) -> str:
    assert markdown is not None
    svg = base64.b64decode(markdown.split("base64,")[1][:-1]).decode()
    ET.fromstring(svg)
    return svg


def words(svg: str) -> list[str]:
    return ["".join(text.itertext()) for text in shapes(svg, "text")]


def test_a_run_is_shown_with_what_is_there_and_what_is_not(study: Store, tmp_path: Path) -> None:
    store = Store(shutil.copytree(study.root, tmp_path / "store"))
    whole = drawing(small_figure(store, under(store), table_named("checkpoints"), "planted-rl", 300))
    rows = [text for text in words(whole) if text in {"skill scores", "representation shift", "profile tests"}]
    assert sorted(rows) == ["profile tests", "representation shift", "skill scores"]
    assert any("4 checkpoints, 3 after the base, 20 B of weights each" in text for text in words(whole))
    assert not any("every" in text for text in words(whole))  # they were all written at one moment

    def squares(svg: str) -> dict[str, int]:
        return {
            name: sum(path.get("d", "").count("M") for path in shapes(svg, "path") if path.get(attribute) == colour) - 1
            for name, attribute, colour in (
                ("there", "fill", COLOURS[0]), ("older", "stroke", COLOURS[1]),
            )
        }  # fmt: skip

    shown = [table for table in tables_of_checkpoints() if table.asset_name == table.name]
    stored = sum(store.steps(table, "planted-rl") != [] for table in shown)
    assert squares(whole) == {"there": stored * 4, "older": 0}
    store.path(table_named("verdicts"), Partition.checkpoint("planted-rl", 100, under(store))).unlink()
    store.path(table_named("generations"), Partition.checkpoint("planted-rl", 100, under(store))).write_bytes(b"cut")
    old = store.path(table_named("skill_scores"), Partition.checkpoint("planted-rl", 200, under(store)))
    table = pq.read_table(old)
    facts = json.loads(table.schema.metadata[b"skillprobe.provenance"]) | {"table_version": 0}
    pq.write_table(table.replace_schema_metadata({"skillprobe.provenance": json.dumps(facts)}), old)
    part = drawing(small_figure(store, under(store), table_named("checkpoints"), "planted-rl", 300))
    assert squares(part) == {"there": 7 * 4 - 3, "older": 1}


def test_a_run_of_many_checkpoints_still_fits(study: Store) -> None:
    one = study.read(table_named("checkpoints"), Partition.checkpoint("planted-sft", 100))
    hours = pl.datetime_range(datetime(2026, 1, 1), datetime(2026, 1, 6), "2h", eager=True, time_zone="UTC").head(60)
    many = pl.concat([one] * 60).with_columns(pl.Series("step", range(100, 6_100, 100)), hours.alias("written_at"))
    svg, _ = run_figure(study, under(study), many)
    assert len(svg) < 30_000
    assert float(ET.fromstring(svg).get("width", "nan")) < 700
    assert any("one every 2.0 h" in text for text in words(svg))
