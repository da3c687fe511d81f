"""A clustered file under a name that sorts before `procedural`, from its import to the study."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.show.cli.main import app

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 4
kinds = ["column_sum", "energy_levels"]
sources = ["arc-mine"]
[sampling]
max_new_tokens = 4
"""


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    rows = [{"prompt": f"What is {n} + {n}?", "answer": 2 * n, "family": n // 2} for n in range(48)]
    (tmp_path / "arc-mine.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


def test_a_clustered_file_goes_through_every_stage(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    run(
        "items", "import", home / "arc-mine.jsonl", "--skill", "calculation", "--domain", "math",
        "--answer-type", "integer", "--cluster", "family", "--split", "evaluation",
    )  # fmt: skip
    other = shutil.copytree(tiny_run, home / "tiny-rl")
    for folder in (tiny_run / "checkpoint-10", tiny_run / "checkpoint-20", other / "checkpoint-10"):
        run("probe", folder, "--base", tiny_base, "--method", folder.parent.name)
    store = Store(home)
    tests = store.read(PROFILE_TESTS, Partition.checkpoint("tiny-sft", 20, current_protocol(store).protocol))
    cells = tests.filter(scope="cell").select("skill", "domain", "items", "units")
    assert cells.rows() == [("calculation", "math", 52, 28), ("simulation", "science", 4, 4)]
    kinds = tests.filter(scope="kind").height
    assert kinds >= len(cells)
    assert tests.height == len(cells) + 2 + 2 + 1 + kinds
    compared = run("compare", "tiny-sft@10", "tiny-sft@20").stdout
    assert "Paired change from tiny-sft@10 (before) to tiny-sft@20 (after) on 56 items" in compared
    part = Partition.of_protocol(tests["protocol"][0])
    for targets, left in (("calculation",), 1), (("calculation", "simulation"), 0):
        run("study", *(word for target in targets for word in ("--target", target)))
        found = {table.name: store.read(table, part) for table in study_tables()}
        assert found["study_tests"].filter(scope="cell").height == 3 * 2
        assert found["change_onsets"].filter(scope="cell").height == 2 * 2
        assert found["study_points"]["forgetting"].drop_nulls().len() == 3 * left
        matched = found["matched_gain"].filter(model="tiny-rl")
        assert matched["matched"].to_list() == [True]
        too_small = "the gains are too small to estimate the drop per unit of gain"  # tiny models learn nothing
        assert matched["reason"].to_list() == [too_small if left else "every cell is a target"]
    run("report")
