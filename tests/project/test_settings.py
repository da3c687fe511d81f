"""`skillprobe.toml` is read strictly: whatever is wrong is named with its file and field."""

from pathlib import Path

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.project.settings import Settings, home, load_settings


def settings_from(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "skillprobe.toml"
    file.write_text(text)
    return load_settings(file)


def test_without_a_file_everything_is_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SKILLPROBE_HOME", str(tmp_path))
    assert home() == tmp_path
    assert load_settings() == Settings()


def test_a_run_is_named_after_its_folder_and_paths_start_at_the_file(tmp_path: Path) -> None:
    (run,) = settings_from(tmp_path, '[[runs]]\nfolder = "runs/math-sft"\nbase = "/models/base"\nmethod = "sft"\n').runs
    assert (run.model, run.method) == ("math-sft", "sft")
    assert run.folder == tmp_path / "runs/math-sft"
    assert run.base == Path("/models/base")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[sampling\n", "not valid TOML"),
        ("[sampling]\nsampls = 4\n", "sampls"),
        ("[sampling]\nsamples = 4\n", "temperature"),
        ('[sampling]\ntemperature = "warm"\n', r"sampling\.temperature"),
        ("[items]\nlevels = [1, 7]\n", r"items\.levels\.1"),
        ("[items]\nper_level = 0\n", r"items\.per_level"),
        ('[[runs]]\nfolder = "a"\n', r"runs\.0\.base"),
        ('[[runs]]\nfolder = "a/x"\nbase = "c"\n[[runs]]\nfolder = "b/x"\nbase = "c"\n', "have the model name 'x'"),
        ("settle = 3\n", "settle"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=rf"skillprobe\.toml: [\s\S]*{named}[\s\S]*Remedy: "):
        settings_from(tmp_path, text)


def test_a_former_name_is_read_with_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = settings_from(tmp_path, '[divergence]\nsources = ["own"]\n')
    assert found.divergence.texts == ("own",)
    (note,) = capsys.readouterr().err.splitlines()
    assert note.startswith(f"note: {tmp_path / 'skillprobe.toml'}: write `texts` instead of `sources`")
    assert settings_from(tmp_path, '[divergence]\ntexts = ["own"]\n') == found
    assert capsys.readouterr().err == ""


def test_a_setting_under_both_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"unknown setting `divergence\.sources`"):
        settings_from(tmp_path, '[divergence]\nsources = ["own"]\ntexts = ["base"]\n')


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: no such file"):
        load_settings(tmp_path / "nowhere.toml")
