"""A peer's worker in its own environment, behind a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from .environments import ROOT, python_of

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "POLARS_MAX_THREADS")


class PeerProcess:
    """The worker `benchmarks.peers.MODULE`; a context manager that ends it.

    Args:
        environment: Name of the environment, or None for this Python.
        module: Name of the worker's module.
        arguments: Arguments of its command line.
        threads: Number of threads for its libraries.
        settings: Further environment variables.

    Raises:
        MissingError: The environment is not there.
        RuntimeError: The worker ended instead of answering. Its log is on standard error.
    """

    def __init__(
        self,
        environment: str | None,
        module: str,
        *arguments: str,
        threads: int = 1,
        settings: dict[str, str] | None = None,
    ) -> None:
        python = Path(sys.executable) if environment is None else python_of(environment)
        self.module = module
        variables = {**dict.fromkeys(THREADS, str(threads)), "PYTHONPATH": str(ROOT), **(settings or {})}
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.peers.{module}", *arguments],
            env=os.environ | variables,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.versions: dict[str, str] = self._answer()["versions"]

    def ask(self, **request: object) -> dict[str, Any]:
        """Send one request and wait for its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """End the worker and wait for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def __enter__(self) -> PeerProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} ended with status {self._process.wait()}; its log is above")
        answer: dict[str, Any] = json.loads(line)
        return answer
