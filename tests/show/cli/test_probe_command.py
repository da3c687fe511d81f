"""`skillprobe probe`, `watch`, `scores` and `compare` on real tiny checkpoints."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skillprobe_core.errors import CheckpointError, SettingsError, SkillprobeError, StoreError
from skillprobe_core.show.cli.main import app

SETTINGS = """
settle_seconds = 0
[items]
levels = [1]
per_level = 1
kinds = ["column_sum", "energy_levels", "contradiction"]
[sampling]
max_new_tokens = 4
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "skillprobe.toml").write_text(SETTINGS)
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)


def test_probing_shows_first_what_it_does_then_each_stage_and_the_reading(
    home: Path, tiny_base: Path, tiny_run: Path
) -> None:
    arguments = ("probe", tiny_run / "checkpoint-20", "--base", tiny_base, "--method", "sft")
    planned = run(*arguments, "--dry-run").stdout
    assert "tiny-sft/20: 3 items" in planned
    assert "\n  1 completion per item, at most 4 tokens each\n" in planned
    assert [file.name for file in home.iterdir()] == ["skillprobe.toml"]
    assert re.search(r"tiny-sft/20  verdicts +would be computed \(after generations\)\n", planned)
    assert planned.endswith("20 of 20 tables would be computed\n")

    first = run(*arguments)
    assert "tiny-sft/0  generations" in first.stdout
    assert "\ntiny-sft at step 20: " in first.stdout
    assert "\n- Overall accuracy went from" in first.stdout
    _check_forecasts(home, *arguments)
    again = run(*arguments)
    computed = [line for line in first.stdout.splitlines() if line.startswith("  tiny-sft/")]
    assert computed
    assert again.stdout.count(" reused") == len(computed)
    assert len(list(home.glob("generations/model=tiny-sft/step=*/*.parquet"))) == 2

    run("probe", tiny_run / "checkpoint-10", "--base", tiny_base)
    scores = run("scores", "tiny-sft").stdout
    lines = [line.split()[0] for line in scores.splitlines() if line.startswith("tiny-sft/")]
    assert lines == ["tiny-sft/0", "tiny-sft/10", "tiny-sft/20"] * 2
    compared = run("compare", "tiny-sft@10", "tiny-sft@20").stdout
    assert "Paired change from tiny-sft@10 (before) to tiny-sft@20 (after) on 3 items" in compared
    with pytest.raises(StoreError, match=r"no model named 'nun'[\s\S]*tiny-sft"):
        run("scores", "nun")
    with pytest.raises(StoreError, match=r"tiny-sft@30[\s\S]*skillprobe probe"):
        run("compare", "tiny-sft@10", "tiny-sft@30")


def _check_forecasts(home: Path, *arguments: object) -> None:
    """Dry runs after the probe write nothing and name what other settings would compute."""
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    again = run(*arguments, "--dry-run").stdout
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
    assert re.search(r"tiny-sft/20  verdicts +3 rows  would be reused \(same inputs\)\n", again)
    assert again.endswith("0 of 20 tables would be computed\n")
    assert "12 of 20 tables would be computed" in run(*arguments, "--dry-run", "--levels", "2").stdout
    for levels in ("a", "99", ""):
        with pytest.raises(SkillprobeError, match="level"):
            run(*arguments, "--dry-run", "--levels", levels)
    settings = home / "skillprobe.toml"
    settings.write_text(settings.read_text().replace("max_new_tokens = 4", ""))
    assert (
        "1 completion per item, at most 1024 tokens or twice the reference each" in run(*arguments, "--dry-run").stdout
    )
    settings.write_text(SETTINGS)


def test_options_make_another_protocol_and_say_how_to_see_it(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    first = run("probe", tiny_run / "checkpoint-20", "--base", tiny_base)
    assert "--protocol" not in first.stdout
    before = {path: path.read_bytes() for path in home.glob("*/model=*/step=*/*.parquet")}
    second = run("probe", tiny_run / "checkpoint-20", "--base", tiny_base, "--levels", "2")
    (digest,) = re.findall(r"add --protocol (\w{16})", second.stdout)
    assert {path: path.read_bytes() for path in before} == before
    listed = run("protocols").stdout
    assert listed.count("2 checkpoints") == 2
    assert listed.startswith("* ")
    assert f"  {digest}  level 2, 1 per level, 3 kinds, greedy, 4 tokens\n" in listed
    levels = "SELECT DISTINCT level FROM verdicts JOIN items USING (item_set, item_id)"
    assert run("sql", levels).stdout.split() == ["level", "1"]
    assert run("sql", levels, "--protocol", digest[:8]).stdout.split() == ["level", "2"]
    assert run("scores", "--protocol", digest).exit_code == 0
    with pytest.raises(StoreError, match=rf"no protocol 'x'[\s\S]*{digest}"):
        run("scores", "--protocol", "x")


def test_a_folder_without_weights_and_an_unusable_device_leave_nothing_behind(home: Path, tiny_base: Path) -> None:
    (home / "empty").mkdir()
    with pytest.raises(CheckpointError, match="holds no weights"):
        run("probe", home / "empty")
    (home / "skillprobe.toml").write_text(f'{SETTINGS}[compute]\ndevice = "cuda:99"\n')
    with pytest.raises(SettingsError, match="cuda:99"):
        run("probe", tiny_base)
    assert {each.name for each in home.iterdir()} <= {"skillprobe.toml", "empty", "_work"}


def test_a_base_alone_is_probed_as_step_0(home: Path, tiny_base: Path) -> None:
    told = run("probe", tiny_base, "--model", "alone").stdout
    assert "alone/0: 3 items" in told
    assert list(home.glob("skill_scores/model=alone/step=*")) == [home / "skill_scores/model=alone/step=0"]


def test_a_checkpoint_of_a_run_without_a_base_is_said_to_count_as_one(
    home: Path, tiny_base: Path, tiny_run: Path
) -> None:
    assert "no base is given" in run("probe", tiny_run / "checkpoint-20", "--dry-run").stdout
    assert "no base is given" not in run("probe", tiny_base, "--dry-run").stdout
    (home / "skillprobe.toml").write_text(f'{SETTINGS}[[runs]]\nfolder = "{tiny_run}"\nbase = "{tiny_base}"\n')
    shown = run("probe", tiny_run / "checkpoint-20", "--dry-run").stdout
    assert "tiny-sft/20" in shown
    assert "no base is given" not in shown


def test_a_folder_that_does_not_say_its_step_needs_one(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    final = shutil.copytree(tiny_run / "checkpoint-20", tmp_path / "final")
    (final / "trainer_state.json").unlink()
    with pytest.raises(SettingsError, match=r"final: [\s\S]*--step"):
        run("probe", final, "--base", tiny_base)


def test_watching_once_takes_what_is_whole_and_tells_what_failed(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_run, tmp_path / "watched")
    config = folder / "checkpoint-10" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"model_type": "unheard-of"}))
    result = run("watch", folder, "--base", tiny_base, "--once")
    assert result.exit_code == 1
    assert "watched/0 evaluated" in result.stdout
    assert "watched/20 evaluated" in result.stdout
    assert "watched/10 failed: " in result.stderr
    assert "unheard-of" in result.stderr
