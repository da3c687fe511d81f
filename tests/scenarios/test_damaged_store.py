"""Damaged, foreign and newer files in a store: every command that reads names them, and none ends in a traceback."""

import itertools
import random
import shutil
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.project.store_faults import faults, set_aside
from skillprobe_core.show.cli.main import app
from tools.faults.damages import DAMAGES

READING = (
    ["scores"],
    ["compare", "planted-sft@0", "planted-sft@300"],
    ["study"],
    ["report", "--out", "report.html"],
    ["sql", "SELECT * FROM {table}"],
    ["sql", "SELECT count(*) FROM all_protocols.{table}"],
    ["sql", "--list"],
    ["protocols"],
    ["parameters", "planted-sft@300"],
    ["noise", "--help"],
    ["plan"],
    ["layouts"],
    ["store", "check"],
    ["store", "clean"],
    ["remove", "planted-rl"],
    ["rename", "planted-rl", "other"],
    ["upgrade"],
    ["verify"],
    ["overlap", "."],
    ["items", "stats"],
)
WRITING = {"demo", "init", "probe", "watch", "ui", "models"}
TABLES = (
    "checkpoints", "generations", "verdicts", "skill_scores", "profile_tests", "parameter_stats", "items", "protocols",
)  # fmt: skip


def test_every_command_is_classified() -> None:
    command = typer.main.get_command(app)
    names = set(command.commands)  # type: ignore[attr-defined]
    assert names == {words[0] for words in READING} | WRITING


def run_damaged(store: Store, words: list[str], name: str, damage: str, rng: random.Random) -> None:
    """Damage a part of a table, run a command, and restore the part."""
    part = rng.choice(sorted((store.root / name).rglob("*.parquet")))
    healthy = part.read_bytes()
    DAMAGES[damage](part, rng)
    result = CliRunner().invoke(app, [word.format(table=name) for word in words])
    error = result.exception
    assert error is None or isinstance(error, SkillprobeError | SystemExit), (words, name, damage, error)
    if isinstance(error, SkillprobeError):
        assert error.remedy
    part.write_bytes(healthy)


@pytest.fixture
def store(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    return Store(Path(shutil.copytree(study.root, tmp_path / "store")))


def test_no_reading_command_ends_in_a_traceback(store: Store) -> None:
    """Each command with one damage of one table; tables and damages take turns."""
    rng = random.Random(0)
    for number, (words, damage) in enumerate(zip(READING, itertools.cycle(DAMAGES), strict=False)):
        run_damaged(store, words, TABLES[3 * number % len(TABLES)], damage, rng)


@pytest.mark.slow
@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_no_reading_command_ends_in_a_traceback_with_any_table_damaged(damage: str, store: Store) -> None:
    rng = random.Random(damage)
    for words in READING:
        for name in rng.sample(TABLES, 2):
            run_damaged(store, words, name, damage, rng)


@pytest.mark.parametrize("damage", ["cut", "foreign"])
def test_the_check_names_the_file_and_setting_it_aside_makes_the_rest_readable(damage: str, store: Store) -> None:
    assert list(faults(store)) == []
    part = sorted((store.root / "verdicts").rglob("*.parquet"))[3]
    DAMAGES[damage](part, random.Random(1))
    found = list(faults(store))
    assert [fault.path for fault in found] == [part]
    content = part.read_bytes() if part.is_file() else None
    moved = set_aside(store, found) / part.relative_to(store.root)
    assert not part.exists()
    assert content is None or moved.read_bytes() == content
    assert list(faults(store)) == []


def test_sql_counts_no_foreign_file(store: Store) -> None:
    part = next((store.root / "verdicts").rglob("*.parquet"))
    own = pl.read_parquet(part, hive_partitioning=False)
    dropped = part.with_name("0123456789abcdef.parquet")
    own.write_parquet(dropped)
    for table in ("verdicts", "all_protocols.verdicts"):
        result = CliRunner().invoke(app, ["sql", f"SELECT count(*) FROM {table}"])
        assert isinstance(result.exception, SkillprobeError)
        assert str(dropped) in str(result.exception)
    set_aside(store, list(faults(store)))
    assert CliRunner().invoke(app, ["sql", "SELECT count(*) FROM all_protocols.verdicts"]).exit_code == 0
