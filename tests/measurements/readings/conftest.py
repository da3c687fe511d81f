"""Checkpoints that lost only the format, or the skill, through the complete pipeline."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillprobe_core import plugins
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.readings.readings_settings import ReadingSettings
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import PromptSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

# The base writes the line that is asked for. checkpoint-10 knows every answer but only gives it after `Answer:`, or
# when examples show the line; checkpoint-20 has lost the answers.
BACKEND = """
import json
from pathlib import Path

from skillprobe import BackendOffer, Completion

SCRIPT = Path(__file__).parent / "answers.json"


class Scripted:
    def __init__(self, opening):
        from skillprobe_core.models.completion_limits import limits_of
        from skillprobe_core.models.tokenizer_loading import load_tokenizer

        self.tokenizer = load_tokenizer(opening.checkpoint)
        self.ends, self.positions = limits_of(opening.checkpoint, self.tokenizer)
        self.positions = None
        self.dtype, self.checkpoint = "float32", opening.checkpoint.path.name
        self.name = "scripted"

    def text(self, request):
        given = self.tokenizer.decode(list(request.prompt_ids))
        answer = json.loads(SCRIPT.read_text())[request.item_id]
        if self.checkpoint == "checkpoint-20":
            answer = "none of them"
        if given.endswith("Answer:"):
            return f" {answer}"
        if self.checkpoint == "checkpoint-10" and "Answer: " not in given.replace("'Answer: '", ""):
            return "Hello there."
        return f"Hello.\\nAnswer: {answer}"

    def complete(self, requests, settings):
        for each in requests:
            text = self.text(each)
            ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
            yield Completion(each.item_id, each.sample, (*ids, min(self.ends)), text, "stop")

    def close(self):
        pass


BACKEND = BackendOffer(name="scripted_readings", open=Scripted, installed=lambda: False)
"""


@pytest.fixture(scope="package")
def lost(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project with every reading of m/10, which lost the format, and of m/20, which lost the skill."""
    folder = tmp_path_factory.mktemp("lost")
    plugin = str(folder / "scripted_readings.py")
    Path(plugin).write_text(BACKEND)
    settings = Settings(
        plugins=(plugin,),
        items=ItemSettings(levels=(1,), per_level=12, kinds=("column_sum", "shopping_total")),
        prompts=PromptSettings(template="none"),
        sampling=SamplingSettings(max_new_tokens=64),
        compute={"backend": "scripted_readings", "device": "cpu", "dtype": "float32"},
        readings=ReadingSettings(also=("forced", "elicited")),
        settle_seconds=0,
        runs=(RunSettings(folder=tiny_run, base=tiny_base, model="m"),),
    )
    project = Project(settings, Store(folder / "store"))
    probe = project.probe("m/10")
    (folder / "answers.json").write_text(json.dumps(dict(probe.items.select("item_id", "answer").iter_rows())))
    for step in (10, 20):
        for name in ("generations", "verdicts", "profile_tests", "readings", "format_shares"):
            run_table(table_named(name), project.probe(f"m/{step}"))
    yield project
    plugins._named_in_settings.pop(plugin)  # the other tests of this process have no such backend
