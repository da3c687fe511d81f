"""The README's queries, settings and commands, and the commands and links of all pages, work as they are written."""

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

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


def shown_commands(page: str) -> list[str]:
    """The command lines in a page's blocks without a language, without the program's name."""
    blocks = [text for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.M) if not language]
    return re.findall(r"^(?:\$ )?skillprobe (.+)$", "\n".join(blocks), re.MULTILINE)


COMMANDS = shown_commands(README)
# docs/benchmark.md holds questions and answers, whose code spans are no commands.
PAGES = [page.read_text() for page in sorted(ROOT.glob("docs/*.md")) if page.name != "benchmark.md"]
IN_TEXT = [line for page in (README, *PAGES) for line in re.findall(r"`skillprobe ([a-z][^`\n]*)`", page)]
ALL_COMMANDS = sorted({*COMMANDS, *IN_TEXT, *(line for page in PAGES for line in shown_commands(page))})


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


@pytest.mark.parametrize("line", ALL_COMMANDS)
def test_the_commands_of_all_pages_exist_with_their_options(line: str) -> None:
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
    for example in (ROOT / "examples").glob("*.py"):
        assert example.name in section


def test_it_shows_every_command() -> None:
    shown = {shlex.split(line)[0] for line in COMMANDS} | {"demo"}
    assert shown == set(get_command(app).commands)


def anchors(page: str) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    text = re.sub(r"^```.*?^```$", "", page, flags=re.DOTALL | re.MULTILINE)
    headings = [heading.lower().replace("`", "") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"])
def test_links_lead_to_files_and_headings_that_exist(name: str) -> None:
    for page in sorted((ROOT / name).glob("*.md")) if name == "docs" else [ROOT / name]:
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
            path, _, anchor = target.partition("#")
            file = page.parent / path if path else page
            assert file.exists(), (page.name, target)
            assert not anchor or anchor in anchors(file.read_text()), (page.name, target)
