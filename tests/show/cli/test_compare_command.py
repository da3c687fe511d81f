"""`skillprobe compare` on planted changes."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.noise.noise_floor_table import NOISE_FLOOR
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS
from skillprobe_core.show.cli.main import app
from tests.filling import filled


def noise_rows(model: str, **flip_rates: float) -> pl.DataFrame:
    """Rows of two variations, measured on so many answers that the rates are certain; the second flips half as much."""
    rows = [
        {"model": model, "step": 0, "item_set": "s", "variation": variation, "skill": skill}
        | dict.fromkeys(("flip_rate", "flip_rate_high"), rate * part)
        for skill, rate in flip_rates.items()
        for variation, part in (("bfloat16", 1.0), ("batch 1", 0.5))
    ]
    return filled(NOISE_FLOOR, pl.DataFrame(rows))


@pytest.fixture
def home(study: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    copy = Store(Path(shutil.copytree(study.root, tmp_path / "home")))
    monkeypatch.setenv("SKILLPROBE_HOME", str(copy.root))
    return copy


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["compare", *arguments], catch_exceptions=False)


@pytest.mark.usefixtures("home")
def test_base_is_step_0_of_the_other_and_the_remedy_for_noise_is_named() -> None:
    printed = compare("base", "planted-sft@300", "--items", "2").stdout
    assert "Paired change from planted-sft@0 (before) to planted-sft@300 (after)" in printed
    assert "noise floor not measured: skillprobe noise planted-sft@300" in printed
    assert "- Collapsed: simulation/science (significant drop of more than 0.05)." in printed
    assert printed.count("\n--- ") == 2
    assert "planted-sft@0: Answer:" in printed
    back = compare("planted-sft@300", "base", "--items", "0").stdout
    assert "Paired change from planted-sft@300 (before) to planted-sft@0 (after)" in back
    assert "---" not in back.replace("----", "")


def test_a_measured_noise_floor_is_shown_with_every_change(home: Store) -> None:
    rates = {skill: 0.9 for skill in ("simulation", "calculation", "all")}
    part = Partition.checkpoint("planted-rl", 0, current_protocol(home).protocol)
    home.write(NOISE_FLOOR, part, noise_rows("planted-rl", **rates), Provenance("n", "1"))
    lines = compare("planted-rl@100", "planted-sft@300").stdout.splitlines()
    assert not any("skillprobe noise" in line for line in lines)
    cell = next(line for line in lines if line.split()[:2] == ["simulation", "science"])
    assert "above 0.3" in cell
    assert "within 0." in next(line for line in lines if line.split()[:2] == ["calculation", "math"])
    assert "not measured" in next(line for line in lines if line.split()[:2] == ["diagnostic", "math"])


@pytest.mark.usefixtures("home")
def test_two_bases_are_refused() -> None:
    with pytest.raises(SettingsError, match="both arguments are `base`"):
        compare("base", "base")


def test_a_change_of_style_is_said_first_and_both_results_stand_side_by_side(home: Store) -> None:
    assert "well-formed" not in compare("base", "planted-rl@100", "--detail").stdout
    part = Partition.checkpoint("planted-rl", 100, current_protocol(home).protocol)
    verdicts = home.read(VERDICTS, part)
    third, tenth = (pl.int_range(pl.len()) % count == 0 for count in (3, 10))
    styled = verdicts.with_columns(
        verdict=pl.when(third).then(pl.lit("malformed")).otherwise("verdict"),
        ending=pl.when(tenth).then(pl.lit("cut")).otherwise(pl.lit("ended")),
    )
    home.write(VERDICTS, part, styled, Provenance("styled", "1"))
    shown = compare("base", "planted-rl@100", "--items", "0").stdout
    table, _, _ = shown.partition("noise floor not measured")
    assert max(map(len, table.splitlines())) <= 100
    assert "not cut" not in table
    shown = compare("base", "planted-rl@100", "--items", "0", "--detail").stdout
    for column in ("change, well-formed", "items, well-formed", "change, not cut", "adjusted p, not cut"):
        assert column in shown
    reading = shown[shown.index("planted-rl@100 compared with") :]
    assert reading.startswith(
        "planted-rl@100 compared with planted-rl@0: the form of the answers changed (malformed, truncated); "
    )
    assert "- The form of the answers changed significantly: malformed +0.33" in reading
    assert "truncated +0.10" in reading
    assert "- Among well-formed, finished answers it went from" in reading
    assert "that neither side cut it changed by" in reading
    assert "- None collapsed (significant drop of more than 0.05)." in reading
