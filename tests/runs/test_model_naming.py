"""One name for a folder, whoever derives it, and never one name for two folders."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.project.settings import load_settings
from skillprobe_core.runs.checkpoint import Checkpoint, parse_key
from skillprobe_core.runs.model_naming import model_name, model_of, run_of
from skillprobe_core.runs.places import checkpoint_of, full_path
from skillprobe_core.runs.run_settings import RunSettings

NAMES = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=300
).filter(lambda name: name not in {".", ".."})


@given(st.lists(NAMES, min_size=2, max_size=6, unique=True))
def test_any_folder_has_a_usable_name_and_no_two_share_one(names):
    models = [model_of(Path("/runs", name)) for name in names]
    assert len(set(models)) == len(names)
    for name, model in zip(names, models, strict=True):
        assert parse_key(Checkpoint.in_folder(model, 7, Path("/runs", name), "sft").key) == (model, 7)
        assert model_name(Path("/runs", name)) == model
        assert RunSettings(folder=Path("/runs", name), base=Path("/base")).model == model


@pytest.mark.parametrize("name", ["my-run", "lr1e-5", "v1.2_b", "7", "a" * 128])
def test_a_usable_name_is_kept(name):
    assert model_of(Path("/runs", name)) == name


@pytest.mark.parametrize(
    ("names", "beginning"),
    [
        (("my run", "my  run", "my\trun", "my:run"), "my-run-"),
        (("lr=1e-5", "lr 1e-5", "lr+1e-5"), "lr-1e-5-"),
        (("实验", "实验二", "=", "-"), "model-"),
    ],
)
def test_a_name_that_cannot_be_used_stays_recognisable_and_distinct(names, beginning):
    models = {model_of(Path("/runs", name)) for name in names}
    assert len(models) == len(names)
    assert all(model.startswith(beginning) and len(model) == len(beginning) + 8 for model in models)


def test_a_path_through_the_parent_is_named_after_the_folder_it_leads_to(tmp_path, monkeypatch):
    (tmp_path / "exp" / "checkpoint-5").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "exp" / "checkpoint-5")
    for typed in ("../checkpoint-5", ".", "..", "../../exp"):
        assert model_of(Path(typed)) == "exp"
    assert run_of(Path("../checkpoint-5")) == (tmp_path / "exp").resolve()
    assert checkpoint_of(Path(".")).step == checkpoint_of(Path("../checkpoint-5")).step == 5
    assert full_path(Path("../../exp")) == (tmp_path / "exp").resolve()


def test_a_link_names_the_run(tmp_path):
    (tmp_path / "2024-05-01").mkdir()
    (tmp_path / "latest").symlink_to(tmp_path / "2024-05-01")
    assert model_of(tmp_path / "latest") == "latest"


def test_settings_name_a_run_after_its_real_folder(tmp_path):
    (tmp_path / "home").mkdir()
    file = tmp_path / "home" / "skillprobe.toml"
    file.write_text('[[runs]]\nfolder = "../my run"\nbase = "b"\n[[runs]]\nfolder = ".."\nbase = "b"\n')
    runs = load_settings(file).runs
    assert [run.model for run in runs] == [model_of(tmp_path / "my run"), model_of(tmp_path)]
    assert runs[0].folder == (tmp_path / "my run").resolve()
