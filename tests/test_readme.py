"""The README's queries, settings and commands work as they are written."""

import inspect
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

import skillprobe
from skillprobe_core.engine.catalog import connect
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.table_registry import all_tables
from skillprobe_core.project.settings import Settings
from skillprobe_core.show.cli.main import app

README = (Path(__file__).parent.parent / "README.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
SHELL = [text for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.M) if not language]
COMMANDS = re.findall(r"^(?:\$ )?skillprobe (.+)$", "\n".join(SHELL), re.MULTILINE)


def test_its_queries_fit_the_tables(tmp_path: Path) -> None:
    assert QUERIES
    views = connect(Store(tmp_path), all_tables(), None)
    for query in QUERIES:
        views.sql(query).fetchall()


def test_the_settings_it_lists_are_all_settings_and_their_defaults() -> None:
    blocks = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", README, re.DOTALL)]
    example, everything = blocks
    run = Settings.model_validate(example).runs[0]
    assert (run.model, run.method) == ("my-run", "rl")
    assert Settings.model_validate(everything) == Settings()
    assert set(everything) | {"runs"} == set(Settings.model_fields)
    for section in set(everything) - {"plugins", "settle_seconds", "layouts", "scratch", "protocol"}:
        listed = set(everything[section]) | set(re.findall(r"^# (\w+) = ", README, re.MULTILINE))
        fields = Settings.model_validate(everything).model_dump()[section]
        assert set(fields) <= listed, section


def test_every_table_is_explained() -> None:
    for table in all_tables():
        assert f"| `{table.name}` |" in README, table.name


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_exist_with_their_options(line: str) -> None:
    words = shlex.split(line, comments=True)
    command = get_command(app)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


def test_its_python_works(tiny_base: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SKILLPROBE_HOME", raising=False)
    shutil.copytree(tiny_base, "base-model")
    shutil.copytree(tiny_run / "checkpoint-10", "my-run/checkpoint-500")
    Path(".skillprobe").mkdir()
    Path(".skillprobe/skillprobe.toml").write_text(
        '[items]\nlevels = [1]\nper_level = 1\nkinds = ["column_sum"]\n[sampling]\nmax_new_tokens = 2\n'
    )
    names: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), names)
    assert {(each.table, each.step) for each in names["done"].computed} >= {("verdicts", 0), ("logit_divergence", 500)}
    assert names["scores"]["step"].unique().sort().to_list() == [0, 500]
    assert names["changed"]["skill"].to_list() == ["calculation"]
    assert names["forgotten"].is_empty()
    assert names["reward"] is True


def test_its_list_of_public_names_is_complete() -> None:
    section = README.partition("## From Python")[2].partition("\n## ")[0]
    functions = [name for name in skillprobe.__all__ if inspect.isfunction(getattr(skillprobe, name))]
    assert [name for name in functions if f"`{name}`" not in section] == []
    methods = [name for name, _ in inspect.getmembers(skillprobe.Results, inspect.isfunction) if name[0] != "_"]
    assert [name for name in methods if f"`.{name}`" not in section] == []
    for example in (Path(__file__).parent.parent / "examples").glob("*.py"):
        assert example.name in section


def test_it_shows_every_command() -> None:
    shown = {shlex.split(line)[0] for line in COMMANDS} | {"demo"}
    assert shown == set(get_command(app).commands)
