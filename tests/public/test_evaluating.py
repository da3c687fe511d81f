"""`skillprobe.probe` and `watch` on real tiny checkpoints, from Python alone."""

import logging
import shutil
from pathlib import Path

import pytest

import skillprobe
from skillprobe import SkillprobeError


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_probe_reports_what_it_computed_and_what_it_reused(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    first = skillprobe.probe(tiny_run / "checkpoint-20", tiny_base, method="sft", home=home)
    assert (first.model, first.step, first.items, first.dry_run) == ("tiny-sft", 20, 3, False)
    assert len(first.tables) == len(first.computed) == 2 * len({each.table for each in first.tables})
    assert not first.reused
    assert [(each.table, each.step) for each in first.tables[:2]] == [("checkpoints", 0), ("checkpoints", 20)]
    assert all(each.rows and not each.reason for each in first.tables if each.table != "training_metrics")
    again = skillprobe.probe(str(tiny_run / "checkpoint-20"), str(tiny_base), method="sft", home=str(home))
    assert again.reused == again.tables
    assert again.protocol == first.protocol
    results = skillprobe.open(home)
    assert results.protocol == first.protocol
    assert results.table("checkpoints", "tiny-sft", 20)["method"].to_list() == ["sft"]
    assert not (home.parent / ".skillprobe").exists()


def test_overrides_are_those_of_the_command(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    checkpoint = tiny_run / "checkpoint-10"
    other = skillprobe.probe(
        checkpoint, tiny_base, model="mine", step=7, home=home,
        levels=(1, 2), per_level=2, max_new_tokens=3, tokens=True,
    )  # fmt: skip
    assert (other.model, other.step, other.items) == ("mine", 7, 12)
    tokens = skillprobe.open(home, other.protocol[:6]).table("generations", "mine", 7)["completion_tokens"]
    assert tokens.max() == 3
    assert "token_divergence" in {each.table for each in other.tables}
    plain, shots = (skillprobe.probe(checkpoint, home=home, shots=shots, dry_run=True) for shots in (None, 1))
    assert len({other.protocol, plain.protocol, shots.protocol}) == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"levels": []}, "levels are integers from 1, got none"),
        ({"levels": [0]}, "levels are integers from 1, got 0"),
        ({"per_level": 0}, "`per_level`"),
        ({"shots": -1}, "`shots`"),
        ({"max_new_tokens": 0}, "max_new_tokens must be at least 1"),
        ({"step": 0}, "step 0 is not valid"),
        ({"sources": ["nowhere"]}, "nowhere"),
        ({"model": "a/b"}, "not a valid model name"),
    ],
)
def test_wrong_options_are_errors_with_a_remedy(
    options: dict[str, object], says: str, home: Path, tiny_base: Path, tiny_run: Path
) -> None:
    with pytest.raises(SkillprobeError, match=says) as caught:
        skillprobe.probe(tiny_run / "checkpoint-10", tiny_base, home=home, **options)
    assert "Remedy: " in str(caught.value)
    assert not list(home.glob("generations/model=*"))


def test_a_dry_run_says_the_same_as_the_run_and_writes_nothing(home: Path, tiny_base: Path, tiny_run: Path) -> None:
    before = content(home)
    plan = skillprobe.probe(tiny_run / "checkpoint-10", tiny_base, home=home, dry_run=True)
    assert content(home) == before
    assert [folder for folder in home.iterdir() if folder.is_dir()] == []
    done = skillprobe.probe(tiny_run / "checkpoint-10", tiny_base, home=home)
    assert (plan.protocol, plan.items, plan.dry_run) == (done.protocol, done.items, True)
    assert [(each.table, each.step, each.reused) for each in plan.tables] == [
        (each.table, each.step, each.reused) for each in done.tables
    ]
    assert all(each.rows is None and each.reason for each in plan.tables)
    again = skillprobe.probe(tiny_run / "checkpoint-10", tiny_base, home=home, dry_run=True)
    assert {(each.reused, each.reason) for each in again.tables} == {(True, "same inputs")}
    assert [each.rows for each in again.tables] == [each.rows for each in done.tables]


def test_watching_once_evaluates_what_is_there(home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    found = list(skillprobe.watch(run, tiny_base, home=home, once=True))
    steps = [("run", step, None) for step in (0, 10, 20)]
    assert [(each.model, each.step, each.error) for each in found] == steps * 2
    assert [each.late for each in found] == [False] * 3 + [True] * 3
    for now, late in zip(found[:3], found[3:], strict=True):
        assert {each.table for each in now.tables} & {each.table for each in late.tables} == set()
        assert len(late.tables) == (2 if now.step else 1)
    assert "no significant drop" in found[2].drops
    assert len(skillprobe.open(home).models()) == 1
    again = list(skillprobe.watch(run, tiny_base, home=home, once=True))
    assert all(table.reused for each in again for table in each.tables)


def test_it_goes_on_with_checkpoints_that_land_later(
    home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(tiny_run / "checkpoint-10", run / "checkpoint-10")
    watching = skillprobe.watch(run, tiny_base, home=home, every=0.1)
    assert [next(watching).step, next(watching).step] == [0, 10]
    shutil.copytree(tiny_run / "checkpoint-20", run / "checkpoint-20")
    assert next(watching).step == 20


def test_a_failure_is_the_checkpoints_own(home: Path, tiny_base: Path, tiny_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(tiny_run, tmp_path / "run")
    config = run / "checkpoint-10" / "config.json"
    config.write_text(config.read_text().replace('"hidden_size": 32', '"hidden_size": 64'))
    found = skillprobe.watch(run, tiny_base, home=home, once=True)
    base, broken, good = (each for each in found if not each.late)
    assert (base.error, good.step, good.error) == (None, 20, None)
    assert isinstance(broken.error, SkillprobeError)
    assert broken.tables == ()


def test_runs_of_the_settings_and_what_is_not_there(
    home: Path, tiny_base: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SkillprobeError, match="no run to watch"):
        skillprobe.watch(home=home, once=True)
    with pytest.raises(SkillprobeError, match="needs its base"):
        skillprobe.watch(tmp_path, home=home, once=True)
    with pytest.raises(SkillprobeError, match="does not exist"):
        skillprobe.watch(tmp_path / "nowhere", tiny_base, home=home, once=True)
    (tmp_path / "empty").mkdir()
    with caplog.at_level(logging.WARNING, "skillprobe"):
        assert list(skillprobe.watch(tmp_path / "empty", tiny_base, home=home, once=True)) == []
    assert "no checkpoint yet" in caplog.text
