"""Against a real HTTP server on loopback that answers with a real tiny model in the endpoint's format."""

from dataclasses import replace
from threading import Thread

import pytest

from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.generations.chunk_log import ChunkLog
from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.backends.openai_server import OpenAIServerBackend
from skillprobe_core.runs.checkpoint import Checkpoint
from tests.models.backends.completion_server import Server

GREEDY = SamplingSettings(max_new_tokens=12)
SAMPLED = SamplingSettings(temperature=0.9, top_p=0.9, max_new_tokens=12, samples=3, seed=5)


@pytest.fixture
def server(tiny_base):
    server = Server(tiny_base)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def prompts(server):
    import polars as pl

    items = pl.DataFrame({"item_id": [f"{n}" for n in range(8)], "prompt": [f"{n} + 2" + "?" * n for n in range(8)]})
    return lambda settings: requests_for(items, server.backend.tokenizer, settings)


def rows(backend, requests, settings):
    return {(each.item_id, each.sample): each for each in backend.complete(requests, settings)}


@pytest.mark.parametrize("settings", [GREEDY, SAMPLED, replace(GREEDY, stop=("e", "7"))])
def test_the_server_gives_what_the_model_gives_here(server, prompts, tiny_base, settings):
    backend = OpenAIServerBackend(server.url, "tiny", tiny_base, concurrency=4)
    requests = prompts(settings)
    assert rows(backend, requests, settings) == rows(server.backend, requests, settings)
    assert {tuple(body["prompt"]) for body in server.bodies} == {request.prompt_ids for request in requests}


def test_defaults_of_the_server_are_switched_off(server, prompts, tiny_base):
    rows(OpenAIServerBackend(server.url, "tiny", tiny_base), prompts(GREEDY), GREEDY)
    for body in server.bodies:
        assert (body["top_k"], body["min_p"], body["repetition_penalty"], body["temperature"]) == (-1, 0.0, 1.0, 0.0)
        assert "seed" not in body


def test_every_sampling_setting_reaches_the_server(server, prompts, tiny_base):
    settings = replace(SAMPLED, top_k=7, min_p=0.05, presence_penalty=0.5, repetition_penalty=1.1, stop_loops=True)
    rows(OpenAIServerBackend(server.url, "tiny", tiny_base), prompts(settings), settings)
    for body in server.bodies:
        for name in ("temperature", "top_p", "top_k", "min_p", "presence_penalty", "repetition_penalty"):
            assert body[name] == getattr(settings, name), name
        assert body["repetition_detection"] == {"max_pattern_size": 512, "min_pattern_size": 32, "min_count": 4}


def test_a_server_that_returns_text_alone(server, prompts, tiny_base):
    server.sends_ids = False
    backend = OpenAIServerBackend(server.url, "tiny", tiny_base)
    here = rows(server.backend, prompts(GREEDY), GREEDY)
    for key, completion in rows(backend, prompts(GREEDY), GREEDY).items():
        assert completion.text == here[key].text
        assert completion.finish_reason == here[key].finish_reason
        assert here[key].sampled
        assert not completion.sampled


@pytest.mark.parametrize("sends_ids", [True, False])
def test_rows_keep_ids_only_if_the_server_reports_them(server, prompts, tiny_base, tmp_path, sends_ids):
    server.sends_ids = sends_ids
    backend = OpenAIServerBackend(server.url, "tiny", tiny_base)
    rows = generate(
        backend, prompts(GREEDY), GREEDY, checkpoint=Checkpoint("m", 0, tiny_base, "base"), item_set="set",
        chunk_log=ChunkLog(tmp_path, "v"),
    )  # fmt: skip
    assert rows["completion_ids"].null_count() == (0 if sends_ids else 8)
    assert rows["completion_tokens"].min() > 0


def test_passing_faults_are_outlived(server, prompts, tiny_base):
    backend = OpenAIServerBackend(server.url, "tiny", tiny_base, concurrency=2)
    server.faults = [503, 429]
    assert len(rows(backend, prompts(GREEDY), GREEDY)) == 8


def test_a_refusal_is_shown_at_once(server, prompts, tiny_base):
    backend = OpenAIServerBackend(server.url, "tiny", tiny_base, concurrency=1)
    server.faults = [400]
    with pytest.raises(SettingsError, match=r"status 400.*as ordered"):
        rows(backend, prompts(GREEDY), GREEDY)


def test_an_unknown_model_names_those_there(server, tiny_base):
    with pytest.raises(SettingsError, match="no model 'other'") as caught:
        OpenAIServerBackend(server.url, "other", tiny_base)
    assert "tiny" in caught.value.remedy


def test_the_key_is_sent(server, prompts, tiny_base):
    rows(OpenAIServerBackend(server.url, "tiny", tiny_base, api_key="word"), prompts(GREEDY)[:1], GREEDY)
    assert server.keys == ["Bearer word"]


@pytest.mark.parametrize("key", [None, "sk-wrong-0123456789"])
def test_a_refused_key_is_not_shown_and_the_remedy_names_the_setting(server, tiny_base, key):
    server.key = "sk-right"
    with pytest.raises(SettingsError, match="status 401") as caught:
        OpenAIServerBackend(server.url, "tiny", tiny_base, api_key=key)
    assert "api_key_variable" in caught.value.remedy
    assert "sk-" not in f"{caught.value}"


def test_a_server_that_does_not_answer_is_an_error_with_a_remedy(server, tiny_base, monkeypatch):
    monkeypatch.setattr("skillprobe_core.models.server_calls._RETRIES", 0)
    with pytest.raises(SettingsError, match="/models failed"):
        OpenAIServerBackend("http://127.0.0.1:9/v1", "tiny", tiny_base)
    with pytest.raises(SettingsError, match="not the address of a server"):
        OpenAIServerBackend("127.0.0.1:9", "tiny", tiny_base)
