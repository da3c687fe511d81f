"""One significance level, in one place."""

import re
from pathlib import Path

from skillprobe_core.show.named_queries import named_queries
from skillprobe_core.stats.significance import SIGNIFICANCE

ROOT = Path(__file__).parents[2]
COMPARED = re.compile(r"""\bp(?:_\w+)?["')\]]*\s*(?:<=?|>=?)\s*(\d*\.\d+)""")


def test_no_module_compares_a_p_value_with_a_level_of_its_own() -> None:
    packages = [ROOT / name for name in ("skillprobe_core", "skillprobe_dagster")]
    files = [file for package in packages for ending in ("py", "js") for file in package.rglob(f"*.{ending}")]
    assert COMPARED.findall('pl.col("p_adjusted") <= 0.01') == COMPARED.findall("row.p > 0.01") == ["0.01"]
    assert not {file.name: found for file in files if (found := COMPARED.findall(file.read_text()))}


def test_named_queries_use_the_same_level() -> None:
    """SQL cannot import it."""
    written = [float(level) for query in named_queries() for level in COMPARED.findall(query.sql)]
    assert written
    assert set(written) == {SIGNIFICANCE}
