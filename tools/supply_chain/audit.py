"""Known vulnerabilities of the locked packages, by pip-audit.

Run as `python -m tools.supply_chain.audit PIP_AUDIT` (`make audit`). Exit status 1 for a known vulnerability. Packages
that could not be audited, since the service cannot be reached or does not know them, are named.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .locks import LOCK, locked


@dataclass(frozen=True, slots=True)
class Audit:
    """The result: a line per vulnerability, and the packages that were not audited."""

    vulnerabilities: tuple[str, ...]
    skipped: tuple[str, ...]


def audit_of(report: Mapping[str, Any] | None, names: Sequence[str]) -> Audit:
    """The result that a report of pip-audit states.

    Args:
        report: pip-audit's JSON; None if it wrote none, since the service cannot be reached.
        names: All packages.

    Returns:
        The result. Packages that the report does not have were skipped.
    """
    found: list[str] = []
    audited: set[str] = set()
    for each in (report or {}).get("dependencies", ()):
        if "skip_reason" not in each:
            audited.add(each["name"])
            found += [f"{each['name']} {each['version']}: {fault['id']}" for fault in each["vulns"]]
    return Audit(tuple(found), tuple(name for name in names if name not in audited))


def main(command: str) -> int:
    """Run pip-audit, print the result and return the exit status."""
    names = [each.name for each in locked(LOCK.read_text(encoding="utf-8")) if each.marker is None]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([command, "-r", str(LOCK), *options], capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = None
    result = audit_of(report, names)
    for line in result.vulnerabilities:
        print(line)
    print(
        f"audited: {len(names) - len(result.skipped)} of {len(names)} packages, {len(result.vulnerabilities)} findings"
    )
    if result.skipped:
        print(f"skipped, since the service cannot be reached or does not know them: {', '.join(result.skipped)}")
    return 1 if result.vulnerabilities else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
