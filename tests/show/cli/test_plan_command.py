"""`skillprobe plan`: the design, what it finds, what it costs, and the settings that it writes."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skillprobe_core.errors import SettingsError
from skillprobe_core.show.cli.main import app

SETTINGS = """
[items]
levels = [1]
per_level = 6
kinds = ["column_sum", "row_swaps", "linear_equation"]

[sampling]
max_new_tokens = 4

[compute]
backend = "transformers"
device = "cpu"
dtype = "float32"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path


def plan(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["plan", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_the_design_its_drops_and_an_unknown_cost(home: Path) -> None:
    told = plan()
    assert "18 items, 6 to 12 in each of 2 cells and 6 to 12 in each of 2 skills" in told
    assert "most of all" in told
    assert "This design has too few items to find" in told
    assert "at most 4 tokens each" in told
    assert "unknown" in told
    assert sorted(path.name for path in home.iterdir()) == ["skillprobe.toml"]


def test_a_drop_gives_the_items_and_write_keeps_the_rest_of_the_file(home: Path) -> None:
    told = plan("--drop", 0.3, "--flips", 0.05, "--levels", "1,2", "--write")
    found = re.search(r"A drop of 0.3 in every cell needs (\d+) items per level", told)
    assert found is not None
    text = (home / "skillprobe.toml").read_text()
    assert f"levels = [1, 2]\nper_level = {found[1]}\nkinds" in text
    assert text.endswith(SETTINGS[SETTINGS.index("\n[sampling]") :])
    again = plan("--flips", 0.05)
    (row,) = [line for line in again.splitlines() if "given" in line]
    assert float(row.split("given")[1].split()[0]) <= 0.3
    skill = plan("--drop", 0.3, "--flips", 0.05, "--scope", "skill", "--power", 0.5)
    assert int(re.search(r"needs (\d+) items", skill)[1]) < int(found[1])  # type: ignore[index]


def test_more_checkpoints_make_the_last_look_stricter(home: Path) -> None:
    shown = {}
    for checkpoints in (2, 20):
        (row,) = [line for line in plan("--per-level", 60, "--flips", 0.05, "--checkpoints", checkpoints).splitlines()
                  if "given" in line]  # fmt: skip
        shown[checkpoints] = [float(value) for value in row.split("given")[1].split()]
    assert shown[2][:3] == shown[20][:3]
    assert shown[2][3] < shown[20][3]


def test_a_timed_model_gives_tokens_and_minutes(home: Path, tiny_base: Path) -> None:
    told = plan("--time", tiny_base, "--checkpoints", 4)
    assert re.search(r"Cost: 18 answers per checkpoint, \d+ prompt and \d completion tokens each", told)
    assert "A base and 4 checkpoints" in told
    assert re.search(r"Time of generating on this device \(transformers [^)]+\): \d+\.\d minutes per checkpoint", told)
    assert sorted(path.name for path in home.iterdir()) == ["skillprobe.toml"]


@pytest.mark.parametrize(
    ("arguments", "named"), [(("--drop", 1.5), "--drop"), (("--power", 0), "--power"), (("--flips", 0.7), "--flips")]
)
def test_shares_out_of_range_are_refused(home: Path, arguments: tuple[object, ...], named: str) -> None:
    with pytest.raises(SettingsError, match=f"{named}: expected"):
        plan(*arguments)
