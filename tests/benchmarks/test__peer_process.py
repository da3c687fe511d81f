"""A worker behind a pipe: its versions, its answers, and its end."""

from importlib.metadata import version

import pytest

from benchmarks._peer_process import PeerProcess


def test_a_worker_reports_its_versions_and_answers_each_request() -> None:
    pytest.importorskip("math_verify")
    with PeerProcess(None, "math_verify_worker") as peer:
        assert peer.versions == {"math-verify": version("math-verify")}
        for answer, right in (("1/2", True), ("1/3", False)):
            found = peer.ask(completions=[(answer, "So it is $\\boxed{0.5}$")])
            assert found["right"] == [right]
            assert found["seconds"] > 0


def test_a_worker_that_ends_instead_of_answering_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="no_such_worker ended with status 1"):
        PeerProcess(None, "no_such_worker")
