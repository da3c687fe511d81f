"""The process of trials: a word per request."""

import io
import json
from pathlib import Path

import pytest

from skillprobe_core.models import trial_worker
from skillprobe_core.models.trial_worker import run, serve


def request(folder: Path, **values: object) -> dict[str, object]:
    return {"kind": "load", "folder": str(folder), "seconds": 60, "gigabytes": 8, **values}


def test_a_tokenizer_and_a_template_are_tried_and_exceptions_do_not_count(
    tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial_worker, "_limit", lambda *_: None)
    turns = [[{"role": "user", "content": "?"}]]
    lines = [
        request(tiny_base),
        request(tmp_path),
        *(
            request(tiny_base, kind="render", template=template, conversations=turns, arguments={})
            for template in ("{{ messages[0].content }}", "{{ 1 / 0 }}", None)
        ),
    ]
    replies = io.StringIO()
    serve(io.StringIO("".join(json.dumps(line) + "\n" for line in lines)), replies)
    assert replies.getvalue().split() == ["ready", *["done"] * 5]


def test_a_text_that_is_too_long_counts_as_memory(tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial_worker, "_MOST_CHARACTERS", 100)
    turns = [[{"role": "user", "content": "?"}]]
    long = request(tiny_base, kind="render", template="{{ 'x' * 101 }}", conversations=turns, arguments={})
    assert run(long) == "memory"
    assert run({**long, "template": "{{ 'x' * 100 }}"}) == "done"
