"""A store is read, compared, judged and reported where torch, transformers and Dagster are not installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS

ROOT = Path(__file__).parents[2]
MODEL_PACKAGES = ("torch", "transformers", "safetensors", "threadpoolctl", "dagster", "dagster_webserver", "trl")
# Refuses the packages as an environment without them does; what pytest imported here does not matter to a new process.
WITHOUT = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {MODEL_PACKAGES}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""
COMMAND_LINE = "from skillprobe_core.show.cli.main import main\nmain()"
JUDGE = f"""{WITHOUT}
from pathlib import Path
import polars as pl
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.study.study_subject import read_models
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

store = Store(Path(sys.argv[1]))
protocol = current_protocol(store)
completions, stored = (read_models(store, protocol.protocol, each, ["tiny-sft"]) for each in (GENERATIONS, VERDICTS))
items = items_of_set(store, protocol.item_set)
judged = verdicts(completions, items)
assert judged.height and judged.equals(stored.drop("protocol")), (judged, stored)

answers = completions.join(items.select("item_id", "answer"), on="item_id", how="left")
right = answers.with_columns(completion="Answer: " + pl.col("answer"), finish_reason=pl.lit("stop")).drop("answer")
assert set(verdicts(right, items)["verdict"]) == {{"correct"}}
"""

PYTHON = f"""{WITHOUT}
from pathlib import Path
import skillprobe

results = skillprobe.open()
assert results.models() == ["tiny-sft"]
assert results.table("verdicts", "tiny-sft", 20).height == results.sql("FROM verdicts WHERE step = 20").height > 0
assert results.compare("base", "tiny-sft@20").height
assert results.study()
assert results.report(sys.argv[1]).exists()
assert str(skillprobe.judge("integer", "7", "Answer: 7").verdict) == "correct"
"""


@pytest.fixture(scope="module")
def home(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which both checkpoints of a tiny run were probed."""
    home = tmp_path_factory.mktemp("home")
    (home / "skillprobe.toml").write_text(
        'settle_seconds = 0\n[items]\nlevels = [1]\nper_level = 2\nkinds = ["column_sum", "energy_levels"]\n'
        "[sampling]\nmax_new_tokens = 4\n"
    )
    done = run(COMMAND_LINE, "watch", str(tiny_run), "--base", str(tiny_base), "--once", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def run(program: str, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A Python program in a process of its own."""
    variables = os.environ | {"SKILLPROBE_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--help"], "Evaluate language-model checkpoints"),
        (["sql", "SELECT model, count(*) AS n FROM verdicts GROUP BY model"], "tiny-sft"),
        (["sql", "--named", "trajectory", "model=tiny-sft"], "accuracy_low"),
        (["scores", "tiny-sft"], "tiny-sft/20"),
        (["compare", "base", "tiny-sft@20"], "Paired change from tiny-sft@0 (before) to tiny-sft@20"),
        (["compare", "tiny-sft@10", "tiny-sft@20"], "Paired change"),
        (["parameters", "tiny-sft@20"], "mlp_up"),
        (["study"], "relative_norm"),
        (["report", "--out", "OUT"], "OUT"),
        (["protocols"], "checkpoints"),
        (["items", "show", "column_sum"], "Answer:"),
        (["probe", "--dry-run", "RUN/checkpoint-10", "--base", "BASE"], "0 of "),
        (["verify"], "recorded checkpoints, 0 changed"),
        (["upgrade"], "nothing to upgrade"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value)[:30],
)
def test_commands_that_read_need_no_models(
    arguments: list[str], shown: str, home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    out = str(tmp_path / "report.html")
    given = [one.replace("OUT", out).replace("RUN", str(tiny_run)).replace("BASE", str(tiny_base)) for one in arguments]
    done = run(WITHOUT + COMMAND_LINE, *given, home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown.replace("OUT", out) in done.stdout


def test_python_reads_and_judges(home: Path, tmp_path: Path) -> None:
    done = run(PYTHON, str(tmp_path / "report.html"), home=home)
    assert done.returncode == 0, done.stdout + done.stderr


def test_stored_completions_are_judged(home: Path) -> None:
    done = run(JUDGE, str(home), home=home)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "missing", "extra"),
    [
        (["probe", "RUN/checkpoint-10", "--base", "BASE"], "torch", "models"),
        (["watch", "RUN", "--base", "BASE", "--once"], "torch", "models"),
        (["noise", "RUN/checkpoint-10"], "torch", "models"),
        (["overlap", "tiny-sft@10", "tiny-sft@20"], "torch", "models"),
        (["models", "fetch", "smollm2"], "torch", "gguf"),
        (["ui"], "dagster", "dagster"),
        (["demo"], "trl", "demo"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_commands_that_need_an_extra_name_it(
    arguments: list[str], missing: str, extra: str, home: Path, tiny_base: Path, tiny_run: Path
) -> None:
    before = sorted(home.rglob("*"))
    given = [one.replace("RUN", str(tiny_run)).replace("BASE", str(tiny_base)) for one in arguments]
    done = run(WITHOUT + COMMAND_LINE, *given, home=home)
    assert done.returncode == 1
    cause, remedy = done.stderr.splitlines()
    assert missing in cause
    assert remedy == f"  Remedy: install the extra: pip install 'skillprobe[{extra}]'"
    assert sorted(home.rglob("*")) == before


def test_a_computation_that_needs_an_extra_names_it(home: Path, tiny_base: Path) -> None:
    """The same from Python and in Dagster, where no command has looked for the packages."""
    program = (
        f"{WITHOUT}\nfrom pathlib import Path\n"
        "from skillprobe_core.errors import SettingsError\n"
        "from skillprobe_core.project.given_checkpoint import probe_of_checkpoint\n"
        "from skillprobe_core.project.project import Project\n"
        "from skillprobe_core.project.run_tables import run_tables\n"
        "project = Project.open()\n"
        "try:\n"
        "    run_tables(probe_of_checkpoint(Path(sys.argv[1]), model='other', step=None, settings=project.settings,"
        " store=project.store))\n"
        "except SettingsError as error:\n"
        "    print(error)\n"
    )
    done = run(program, str(tiny_base), home=home)
    assert "pip install 'skillprobe[models]'" in done.stdout, done.stdout + done.stderr
    assert "other" not in Store(home).models(GENERATIONS)
