"""The recipes of CONTRIBUTING, each performed on a copy of the packages."""

import json
import re
from pathlib import Path

from tests.copied_package import copy_of_packages, run

ROOT = Path(__file__).parent.parent
TABLE = """
from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.needs import rows

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe

{code}
"""
TABLE_SEEN = """
import json, sys
from pathlib import Path
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.given_checkpoint import probe_of_folders
from skillprobe_core.project.run_tables import run_tables
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.project.settings import Settings
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.engine.catalog import connect
from skillprobe_core.engine.store import Store
from skillprobe_dagster.definitions import defs

base, run, store = (Path(each) for each in sys.argv[1:])
settings = Settings(
    items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum",)),
    sampling=SamplingSettings(max_new_tokens=4), compute=ComputeSettings(backend="transformers", device="cpu"),
)
probe = probe_of_folders(
    run / "checkpoint-10", base, model=None, step=None, method="sft", settings=settings, store=Store(store)
)
computed = [each.step for each in run_tables(probe) if each.table == "answer_length"]
again = [each.reused for each in run_tables(probe) if each.table == "answer_length"]
duck = connect(probe.store, all_tables(), probe.protocol.digest)
answer = duck.sql("SELECT step, characters FROM answer_length ORDER BY step").fetchall()
comment = duck.sql(
    "SELECT comment FROM duckdb_columns() WHERE table_name = 'answer_length' AND column_name = 'characters'"
    " AND schema_name = 'main'"
).fetchall()
node = next(node for node in defs.resolve_asset_graph().asset_nodes if node.key.to_user_string() == "answer_length")
parents = sorted(key.to_user_string() for key in node.parent_keys)
print(json.dumps([computed, again, [list(row) for row in answer], comment, parents, node.group_name]))
"""


def python_of(recipe: str) -> str:
    """The Python code that a recipe of CONTRIBUTING shows."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split(f"### {recipe}\n")[1].split("\n### ")[0]
    return "\n".join(re.findall(r"```python\n(.*?)```", section, re.DOTALL))


def test_a_table_is_one_file(tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    packages = copy_of_packages(tmp_path / "packages")
    file = packages / "skillprobe_core/measurements/answer_length_table.py"
    file.write_text(TABLE.format(code=python_of("A table")))
    computed, again, rows, comment, parents, group = json.loads(
        run(packages, TABLE_SEEN, tiny_base, tiny_run, tmp_path / "store").splitlines()[-1]
    )
    assert computed == [0, 10]
    assert again == [True, True]
    assert [step for step, _ in rows] == [0, 10]
    assert all(characters > 0 for _, characters in rows)
    assert comment == [["Mean length of an answer (characters)"]]
    assert parents == ["generations"]
    assert group == "skills"
