"""What the demo reports of a store that somebody else fills."""

import json
import shutil
from pathlib import Path

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, run_tables, tables_for
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_dagster.demo_evaluations import Evaluations, headline

KEYS = ("tiny-sft/0", "tiny-sft/10")


def test_tables_are_counted_as_they_come_and_a_checkpoint_is_evaluated_with_the_last(
    tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_run, tmp_path / "tiny-sft"))
    run = RunSettings(folder=folder, base=tiny_base, model="tiny-sft", method="sft")
    settings = Settings(
        items=ItemSettings(levels=(1,), per_level=1, kinds=("column_sum", "numbers_in_range")),
        sampling=SamplingSettings(max_new_tokens=4),
        runs=(run,),
    )
    project = Project(settings, Store(tmp_path / "store"))
    followed = Evaluations(project)
    assert followed.look(KEYS) == []
    assert followed.tables == 0
    *before, last = tables = tables_for(project.probe("tiny-sft/0"))
    for count, stage in enumerate(before, start=1):
        run_table(stage, project.probe("tiny-sft/0"))
        assert followed.look(KEYS) == []
        assert followed.tables == count
    run_table(last, project.probe("tiny-sft/0"))
    assert followed.look(KEYS) == ["tiny-sft/0"]
    assert followed.look(KEYS) == []
    run_tables(project.probe("tiny-sft/10"))
    assert followed.look(KEYS) == ["tiny-sft/10"]
    assert followed.finished == set(KEYS)
    assert followed.tables == 2 * len(tables)
    assert headline(project, "tiny-sft/10").startswith("accuracy 0.")
    # Another process finds the same store done, and counts its tables, too.
    late = Evaluations(project)
    assert late.look(KEYS) == list(KEYS)
    assert late.tables == 2 * len(tables)
    # A second demo trains the same weights at other times, so no run is requested for them.
    state = folder / "checkpoint-10" / "trainer_state.json"
    state.write_text(json.dumps(json.loads(state.read_text()) | {"log_history": [{"step": 10, "step_time": 0.25}]}))
    assert Evaluations(project).look(KEYS) == list(KEYS)
