"""The client of a reloading server against a scripted one: it goes on only with a server that holds the weights."""

import json
import tempfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.models.vllm_engine.engine_slots import engine_folder
from skillprobe_core.models.vllm_engine.engine_spec import model_shape
from skillprobe_core.models.vllm_engine.served_weights import EXTENSION, ServedWeights
from skillprobe_core.runs.model_files import ModelFiles


class Scripted(ThreadingHTTPServer):
    """A server that keeps a record of its weights as the extension does, and holds no model."""

    def __init__(self, shape: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.facts: dict[str, Any] = {
            "version": "1", "shape": shape, "dtype": "float32", "device": "cpu", "max_length": 512, "workers": 1,
            "loads": 0, "weights": "",
        }  # fmt: skip
        self.fault, self.is_empty, self.loaded = "", True, list[str]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Scripted

    def log_message(self, *arguments: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        answer: dict[str, Any] = {"success": self.server.is_empty}
        if self.path == "/collective_rpc":
            answer = {"results": [self.result(body)]}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def result(self, body: dict[str, Any]) -> dict[str, Any]:
        facts = self.server.facts
        if body["method"] == "skillprobe_load":
            facts["loads"] += 1
            facts["weights"] = "" if self.server.fault else body["kwargs"]["weights"]
            self.server.loaded.append(body["kwargs"]["folder"])
            return {**facts, "fault": self.server.fault}
        return facts


@pytest.fixture
def server(tiny_base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    server = Scripted(model_shape(ModelFiles.of(tiny_base), tiny_base))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def loaded(server: Scripted, folder: Path) -> ServedWeights:
    return ServedWeights(server.url, ModelFiles.of(folder), folder)


def test_weights_are_loaded_once_and_confirmed_until_others_are_loaded(server: Scripted, tiny_run: Path) -> None:
    first, second = tiny_run / "checkpoint-10", tiny_run / "checkpoint-20"
    for folder in (first, first, second):
        weights = loaded(server, folder)
        weights.confirm()
        weights.close()
    assert server.loaded == [str(first.resolve()), str(second.resolve())]
    weights = loaded(server, second)
    server.facts["loads"] += 2  # others, and then these again
    with pytest.raises(SettingsError, match="no longer holds the weights"):
        weights.confirm()
    weights.close()


def test_the_server_is_held_until_close_and_freed_by_an_error(server: Scripted, tiny_run: Path) -> None:
    weights = loaded(server, tiny_run / "checkpoint-10")
    assert list(engine_folder().glob("server-*.lock"))
    weights.close()
    server.fault = "some fault"
    with pytest.raises(CheckpointError, match="did not take the weights: some fault"):
        loaded(server, tiny_run / "checkpoint-20")
    assert not list(engine_folder().glob("server-*.lock"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"workers": 4}, "has 4 workers"),
        ({"shape": "another"}, "another configuration or tokenizer"),
        ({"shape": ""}, "another configuration or tokenizer"),
    ],
)
def test_a_server_that_cannot_be_checked_is_refused(
    server: Scripted, tiny_run: Path, change: dict[str, Any], says: str
) -> None:
    server.facts |= change
    with pytest.raises(SettingsError, match=says) as caught:
        loaded(server, tiny_run / "checkpoint-10")
    assert "reload" in caught.value.remedy or EXTENSION in caught.value.remedy
    assert not server.loaded


def test_a_cache_of_earlier_weights_that_stays_is_an_error(server: Scripted, tiny_run: Path) -> None:
    server.is_empty = False
    with pytest.raises(SettingsError, match="cache cannot be emptied"):
        loaded(server, tiny_run / "checkpoint-10")


def test_experts_are_refused_before_anything_is_sent(tiny_base: Path, tmp_path: Path) -> None:
    config = json.loads((tiny_base / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "num_experts": 4}))
    (tmp_path / "model.safetensors").write_bytes((tiny_base / "model.safetensors").read_bytes())
    with pytest.raises(CheckpointError, match="experts cannot be reloaded in a server"):
        ServedWeights("http://127.0.0.1:9/v1", ModelFiles.of(tmp_path), tiny_base)
