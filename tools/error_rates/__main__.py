"""Print simulated error rates as Markdown: `python -m tools.error_rates NAME --runs 300`.

Names: all_scopes, skill_claims, matched_gain, transfer, law_fits, change_onsets, planned_power. Rates are given with
their Monte Carlo standard error.
"""

from __future__ import annotations

import argparse
from importlib import import_module

NAMES = (
    "all_scopes", "skill_claims", "matched_gain", "transfer", "law_fits", "change_onsets", "planned_power",
)  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Simulate one analysis and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tools.error_rates", description=__doc__)
    parser.add_argument("name", choices=NAMES, help="analysis to simulate")
    parser.add_argument("--runs", type=int, default=300, help="simulated studies per row (default: %(default)s)")
    given = parser.parse_args(arguments)
    for line in import_module(f"tools.error_rates.{given.name}").table(given.runs):
        print(line, flush=True)


if __name__ == "__main__":
    main()
