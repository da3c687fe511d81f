"""Engines of the tests' own, in a folder of their own, ended after the last test of a file."""

import tempfile
from collections.abc import Iterator

import pytest

from skillprobe_core.models.vllm_engine.engine_slots import end_engines


@pytest.fixture(scope="module")
def _own_engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("engines")))
        yield
        end_engines()
