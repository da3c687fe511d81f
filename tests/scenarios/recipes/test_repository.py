"""Each recipe's file, in its folder of a copy of the repository: found there without another line."""

import json
from pathlib import Path

from tests.copied_package import copy_of_packages, run

from . import blocks

FOUND = """
import json
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.sources import SOURCES
from skillprobe_core.engine.up_to_date import provenance_with
from skillprobe_core.measurements.divergence.divergence_registry import MEASURES
from skillprobe_core.measurements.parameters.parameter_registry import FAMILIES
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.models.backends import all_backends, backend_names
from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.show.named_queries import named_queries
from skillprobe_core.show.trackers import TRACKERS, open_tracker
from pathlib import Path

open_tracker("jsonl", Path("logged")).close()
tables = {table.name: table for table in all_tables()}
print(json.dumps({
    "listed_sum": [kind.name for kind in KINDS if kind.skill == "calculation" and kind.domain == "math"],
    "capitals": [source.name for source in SOURCES],
    "hellinger": [measure.name for measure in MEASURES],
    "signs": [family.name for family in FAMILIES],
    "generate": [offer.name for offer in all_backends()],
    "names of backends": backend_names(),
    "done_file": [layout.name for layout in LAYOUTS],
    "longest_answers": [query.name for query in named_queries()],
    "jsonl": TRACKERS,
    "answer_length": list(tables),
    "stale": sorted(name for name, table in tables.items() if any(table.of_code.values())),
}))
"""


def test_one_file_each_is_enough(tmp_path: Path) -> None:
    packages = copy_of_packages(tmp_path)
    for recipe in blocks.RECIPES:
        with (packages / "skillprobe_core" / recipe.path).open("x") as file:
            file.write(recipe.code)
    found = json.loads(run(packages, FOUND).splitlines()[-1])
    for name, names in found.items():
        assert name in names or name in {"stale", "names of backends"}, name
    assert found["names of backends"] == sorted(found["generate"])
    # After those with a place of their own, in columns and in a cell; before the folders that are a checkpoint.
    assert found["hellinger"][-1] == "hellinger"
    assert found["signs"][-1] == "signs"
    assert found["listed_sum"][-1] == "listed_sum"
    assert found["done_file"][-2:] == ["single", "peft_adapter"]
    assert found["done_file"].index("done_file") < found["done_file"].index("torchtune")
    assert found["stale"] == [
        "elementwise_stats", "logit_divergence", "noise_floor", "parameter_stats", "token_divergence",
    ]  # fmt: skip


def test_the_recipes_state_the_folders_of_their_files() -> None:
    text = (blocks.ROOT / "CONTRIBUTING.md").read_text()
    for recipe in blocks.RECIPES:
        folder = str(Path("skillprobe_core", recipe.path).parent).replace("calculation", "SKILL")
        assert f"`{folder}/" in text, folder
