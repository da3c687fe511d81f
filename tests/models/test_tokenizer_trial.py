"""Tokenizers and templates that never end, or fill the memory, are ended in another process."""

import json
import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models import tokenizer_trial
from skillprobe_core.models.prompt_format import PromptFormat, Renderer
from skillprobe_core.models.tokenizer_loading import load_tokenizer
from skillprobe_core.models.tokenizer_trial import RefusedTrial, TrialProcess, trial_of
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.scratch import Scratch
from tests.hostile_files import FILES, LIMITS, RULES

ANSWER = "{{ messages[0].content }}"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokenizer_trial, "SECONDS", 1)
    monkeypatch.setattr(tokenizer_trial, "GIGABYTES", 0.5)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The requests that reach the process."""
    seen: list[dict[str, object]] = []
    run = TrialProcess.run
    monkeypatch.setattr(TrialProcess, "run", lambda self, request: (seen.append(dict(request)), run(self, request))[1])
    return seen


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("limit", RULES)
def test_a_tokenizer_that_breaks_a_limit_is_refused(limit: str, tiny_base: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    RULES[limit](folder)
    with pytest.raises(
        CheckpointError, match=r"the tokenizer was ended in a trial.*(seconds|memory|process)"
    ) as caught:
        load_tokenizer(folder)
    assert caught.value.path == str(folder)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("key", ["\ndone\ndone", "\x1b[2J", "a\rb"])
def test_words_of_a_tokenizer_pose_as_no_reply_and_no_message(
    key: str, tiny_base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The tokenizers library prints an unknown key of an added token to descriptor 1."""
    folder, other = shutil.copytree(tiny_base, tmp_path / "base"), shutil.copytree(tiny_base, tmp_path / "other")
    for place, name in ((folder, key), (other, "harmless")):
        file = place / "tokenizer_config.json"
        content = json.loads(file.read_text())
        token = {"content": "<|end|>", "special": True}
        content["added_tokens_decoder"] = {"0": token | {name: 1}}
        file.write_text(json.dumps(content))
    looping = shutil.copytree(tiny_base, tmp_path / "looping")
    FILES["template loops"](looping)
    with pytest.raises(CheckpointError, match="printed by the tokenizers library"):
        load_tokenizer(folder)
    assert "\x1b" not in capfd.readouterr().out
    load_tokenizer(other)
    tokenizer = load_tokenizer(looping)
    with pytest.raises(CheckpointError, match=r"ended in a trial|not write"):
        Renderer(tokenizer).text([{"role": "user", "content": "What is 1 + 2?"}])


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", [name for name in FILES if name.startswith(LIMITS)])
def test_a_template_that_breaks_a_limit_is_refused(name: str, tiny_base: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    FILES[name](folder)
    renderer = Renderer(load_tokenizer(folder))
    with pytest.raises(
        CheckpointError, match=r"chat_template\.jinja: the chat template was ended in a trial|not write"
    ):
        renderer.text([{"role": "user", "content": "What is 1 + 2?"}])


def test_what_passed_is_tried_once_and_noted_for_later_processes(
    tiny_base: Path, tmp_path: Path, started: list[dict[str, object]]
) -> None:
    files = ModelFiles.of(tiny_base).kept_in(Scratch(tmp_path, 1 << 40, 0, 60.0))
    turns = [{"role": "user", "content": f"What is {n} + 2?"} for n in range(3)]
    form = PromptFormat(own=False, template=ANSWER)

    def write() -> list[str]:
        renderer = Renderer(load_tokenizer(files), form)
        renderer.prepare([[turn] for turn in turns])
        return [renderer.text([turn]) for turn in turns]

    assert write() == [turn["content"] for turn in turns]
    assert [request["kind"] for request in started] == ["load", "render"]
    assert write() == [turn["content"] for turn in turns]
    assert len(started) == 2, "the notes of the first time count"
    assert len(list((tmp_path / "trials").iterdir())) == 2


def test_other_files_are_tried_again_and_an_exception_is_left_to_the_caller(
    tiny_base: Path, tmp_path: Path, started: list[dict[str, object]]
) -> None:
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    first = trial_of(ModelFiles.of(folder)).digest
    with (folder / "tokenizer.json").open("a") as file:
        file.write(" ")
    assert trial_of(ModelFiles.of(folder)).digest != first
    (folder / "tokenizer.json").write_text('{"model": 3}')
    with pytest.raises(CheckpointError, match="the tokenizer cannot be loaded"):
        load_tokenizer(folder)
    assert len(started) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_the_process_goes_on_after_it_was_ended(tiny_base: Path) -> None:
    process = TrialProcess()
    loops = {
        "kind": "render",
        "folder": str(tiny_base),
        "template": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "conversations": [[{"role": "user", "content": "?"}]],
        "arguments": {},
    }
    try:
        with pytest.raises(RefusedTrial, match="1 processor seconds"):
            process.run(loops)
        process.run({**loops, "template": ANSWER})
    finally:
        process.close()
