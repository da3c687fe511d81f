"""A known vulnerability fails the audit; what could not be audited is named and does not."""

import json
import sys
from pathlib import Path

import pytest

from tools.supply_chain.audit import audit_of, main

FAULTY = {"name": "one", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}
SOUND = {"name": "two", "version": "2.0", "vulns": []}
POLARS = {"name": "polars", "version": "2.1.0"}
UNKNOWN = {"name": "three", "skip_reason": "not found"}


def test_findings_and_skipped_packages_are_distinguished() -> None:
    result = audit_of({"dependencies": [FAULTY, SOUND, UNKNOWN]}, ["one", "two", "three", "four"])
    assert result.vulnerabilities == ("one 1.0: PYSEC-1",)
    assert result.skipped == ("three", "four")


def test_without_the_service_every_package_is_skipped() -> None:
    assert audit_of(None, ["one"]).skipped == ("one",)


@pytest.mark.parametrize(
    ("printed", "status", "shown"),
    [
        (
            json.dumps({"dependencies": [{**POLARS, "vulns": [{"id": "PYSEC-2"}]}]}),
            1,
            "PYSEC-2",
        ),
        (json.dumps({"dependencies": [{**POLARS, "vulns": []}]}), 0, "audited: 1 of"),
        ("Traceback: no route to host", 0, "audited: 0 of"),
    ],
)
def test_the_exit_status_is_that_of_the_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], printed: str, status: int, shown: str
) -> None:
    """With a program that prints what pip-audit prints, since its service is not there for tests."""
    program = tmp_path / "pip-audit"
    program.write_text(f"#!{sys.executable}\nprint({printed!r})\n")
    program.chmod(0o755)
    assert main(str(program)) == status
    text = capsys.readouterr().out
    assert shown in text
    assert "skipped" in text
