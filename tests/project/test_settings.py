"""`skillprobe.toml` is read strictly: whatever is wrong is named with its file and field."""

import shutil
from pathlib import Path

import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.project.given_checkpoint import probe_of_checkpoint, probe_of_folders
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings, home, load_settings, parsed_settings
from skillprobe_core.project.watch_runs import runs_to_watch


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
        ("[items]\nlevels = [1, 0]\n", r"`items\.levels\.1`"),
        ('[items]\nlevels = "all"\n', r"`items\.levels`: expected a list of levels"),
        ("[items]\nlevels = 3\n", r"`items\.levels`"),
        ("[items]\nper_level = 0\n", r"items\.per_level"),
        ('[[runs]]\nfolder = "a"\n', r"runs\.0\.base"),
        ('[[runs]]\nfolder = "a/x"\nbase = "c"\n[[runs]]\nfolder = "b/x"\nbase = "c"\n', "have the model name 'x'"),
        ("settle = 3\n", "unknown setting `settle`; did you mean `settle_seconds`?"),
        ("levels = [1]\n", r"unknown setting `levels`; it belongs under \[items\]"),
        ('folder = "a"\n', r"unknown setting `folder`; it belongs under \[\[runs\]\]"),
        ("[itmes]\nlevels = [1]\n", "unknown setting `itmes`; did you mean `items`?"),
        ("temperature = 1\n", r"unknown setting `temperature`; it belongs under \[sampling\]"),
        ("[watch]\nxyz = 1\n", "unknown setting `watch.xyz`; known here: every_steps, order"),
        ('[[runs]]\nfolder = "a"\nbase = "b"\nmodle = "c"\n', r"`runs\.0\.modle`; did you mean `model`?"),
        ('[runs]\nfolder = "a"\nbase = "b"\n', r"`runs`: expected a list of sections, each under \[\[runs\]\]"),
        ('plugins = "a.py"\n', "`plugins`: expected a list in brackets"),
        ("[tests]\ncollapse_margin = 1\n", r"tests\.collapse_margin"),
        ("[tests]\ncollapse_margin = -0.1\n", r"tests\.collapse_margin"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=rf"skillprobe\.toml: [\s\S]*{named}[\s\S]*Remedy: "):
        settings_from(tmp_path, text)


def test_a_mark_of_the_encoding_and_variables_in_paths_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCRATCH", str(tmp_path / "scratch"))
    settings = settings_from(tmp_path, '\ufeff[[runs]]\nfolder = "$SCRATCH/run/"\nbase = "${SCRATCH}/base"\n')
    (run,) = settings.runs
    assert (run.model, run.folder, run.base) == ("run", tmp_path / "scratch" / "run", tmp_path / "scratch" / "base")


@pytest.mark.parametrize(
    "setting",
    [
        'url = "http://someone:hunter2@127.0.0.1:8000/v1"',
        'url = "http://127.0.0.1:8000/v1?key=hunter2"',
        'api_key_variable = "hunter2"',
        'api_key_variable = "sk-hunter2"',
        'api_key = "hunter2"',
    ],
)
def test_a_secret_in_the_settings_is_refused_and_not_shown(tmp_path: Path, setting: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(tmp_path, f"[compute]\n{setting}\n")
    assert "hunter2" not in str(caught.value)
    assert setting.partition(" ")[0] in str(caught.value)


def test_the_key_of_a_server_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compute = settings_from(tmp_path, '[compute]\napi_key_variable = "SERVER_KEY"\n').compute
    monkeypatch.setenv("SERVER_KEY", " hunter2\n")
    assert compute.api_key() == "hunter2"
    assert "hunter2" not in f"{compute!r}{compute.model_dump()}"
    for value in ("", "two words", "pässwörter"):
        monkeypatch.setenv("SERVER_KEY", value)
        with pytest.raises(SettingsError, match="SERVER_KEY") as caught:
            compute.api_key()
        assert not value or value not in str(caught.value)
    monkeypatch.delenv("SERVER_KEY")
    with pytest.raises(SettingsError, match="is not set"):
        compute.api_key()
    assert Settings().compute.api_key() is None


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


LAYOUT = '[[layouts]]\nname = "own"\npattern = "{pattern}"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[[layouts]]\nname = "own"\n', r"layouts\.0\.pattern"),
        (LAYOUT.replace("{pattern}", "step_5"), "must hold {step} once"),
        (LAYOUT.replace("{pattern}", "a_{step}/b_{step}"), "must hold {step} once"),
        (LAYOUT.replace("{pattern}", "{step"), "not a pattern"),
        (LAYOUT.replace("{pattern}", "{step.x}"), "not a pattern"),
        (LAYOUT.replace("{pattern}", "../{step}"), "a path from the run folder"),
        (LAYOUT.replace("{pattern}", "/a/{step}"), "a path from the run folder"),
        (LAYOUT.replace("{pattern}", "{step}") + 'complete = "DONE"\n', "file:NAME"),
        (LAYOUT.replace("{pattern}", "{step}") + 'convert = "merge {x}"\n', r"\{folder\}"),
        (LAYOUT.replace("{pattern}", "{step}") + "complte = 1\n", "complte"),
        (LAYOUT.replace("{pattern}", "{step}").replace("own", "verl"), "another layout with the name 'verl'"),
        (LAYOUT.replace("{pattern}", "{step}") * 2, "another layout with the name 'own'"),
        (LAYOUT.replace("{pattern}", "{step}").replace("own", "My Own"), r"layouts\.0\.name"),
    ],
)
def test_what_is_wrong_in_a_layout_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=rf"skillprobe\.toml: [\s\S]*{named}[\s\S]*Remedy: "):
        settings_from(tmp_path, text)


def test_a_layout_of_the_settings_serves_every_command(tmp_path: Path, tiny_base: Path, tiny_run: Path) -> None:
    run = tmp_path / "exp"
    for step in (5, 10):
        shutil.copytree(tiny_run / "checkpoint-10", run / f"ckpt_{step}" / "hf")
    section = LAYOUT.replace("{pattern}", "ckpt_{step}/hf") + 'complete = "rename"\n'
    watched = f'[[runs]]\nfolder = "exp/ckpt_5/hf"\nbase = "{tiny_base}"\n'
    settings = settings_from(tmp_path, section + watched)
    assert settings.runs[0].model == "exp"
    project = Project(settings, Store(tmp_path / "home"))
    assert project.layouts[0].name == "own"
    options = {"model": None, "step": None, "settings": settings, "store": project.store}
    probe = probe_of_folders(run / "ckpt_10", tiny_base, method="sft", **options)
    assert (probe.checkpoint.key, probe.previous and probe.previous.key) == ("exp/10", "exp/5")
    assert probe_of_checkpoint(run / "ckpt_10" / "hf", **options).checkpoint.key == "exp/10"
    assert [
        each.folder for each in runs_to_watch(tmp_path, tiny_base, model=None, method="", layouts=project.layouts)
    ] == [run]


def test_a_base_may_be_the_name_of_a_cached_model_of_the_hub(tmp_path, monkeypatch):
    commit = "c" * 40
    model = tmp_path / "hub" / "models--org--tiny"
    (model / "snapshots" / commit).mkdir(parents=True)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(commit)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    content = b'[[runs]]\nfolder = "run"\nbase = "org/tiny"\n[[runs]]\nfolder = "other"\nbase = "org/none"\n'
    first, second = parsed_settings(content, tmp_path / "skillprobe.toml").runs
    assert first.base == model / "snapshots" / commit
    assert second.base == tmp_path / "org" / "none"


def test_thinking_leaves_room_and_keeps_what_is_set(tmp_path):
    file = tmp_path / "skillprobe.toml"
    thinking = parsed_settings(b"[prompts]\nthinking = true\n", file).sampling
    assert (thinking.max_new_tokens, thinking.stop, thinking.stop_loops) == (8192, (), True)
    own = parsed_settings(b'[prompts]\nthinking = true\n[sampling]\nmax_new_tokens = 99\nstop = ["X"]\n', file).sampling
    assert (own.max_new_tokens, own.stop, own.stop_loops) == (99, ("X",), True)


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        ('template = "mine"', r"prompts\.template"),
        ('template = "own"\ntemplate_file = "x"', "template_file needs template"),
        ("chat_template_kwargs = {tokenize = true}", "not a variable of a template"),
        ('system = ""', r"prompts\.system"),
    ],
)
def test_prompts_that_make_no_sense_are_refused(tmp_path, prompts, message):
    with pytest.raises(SettingsError, match=message):
        parsed_settings(f"[prompts]\n{prompts}\n".encode(), tmp_path / "skillprobe.toml")


def test_a_template_file_lies_next_to_the_settings_and_is_known_by_its_content(tmp_path):
    content = b'[prompts]\ntemplate_file = "chat.jinja"\n'
    prompts = parsed_settings(content, tmp_path / "skillprobe.toml").prompts
    with pytest.raises(SettingsError, match="the chat template cannot be read"):
        prompts.canonical()
    (tmp_path / "chat.jinja").write_text("{{ messages }}")
    before = prompts.canonical()
    assert prompts.identity()["template_file"] == "{{ messages }}"
    (tmp_path / "chat.jinja").write_text("{{ messages }}!")
    assert prompts.canonical() != before


def test_a_reload_needs_the_server_that_reloads(tmp_path):
    with pytest.raises(SettingsError, match="no server that could reload") as caught:
        settings_from(tmp_path, "[compute]\nreload = true\n")
    assert "`url`" in caught.value.remedy
    text = '[compute]\nbackend = "openai-server"\nurl = "http://127.0.0.1:8000/v1"\nreload = true\n'
    assert settings_from(tmp_path, text).compute.reload
