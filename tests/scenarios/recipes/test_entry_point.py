"""A plugin of an installed package: found by its entry point, without a setting."""

from pathlib import Path

from . import blocks
from .conftest import ROOT, run_python

MAIN = "import sys; from skillprobe_core.show.cli.main import main; sys.argv[0] = 'skillprobe'; main()"


def test_an_installed_package_adds_its_extensions_to_every_store(tmp_path: Path) -> None:
    package = tmp_path / "site" / "my_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from .kind import KIND\nfrom .weights import SIGNS\n")
    (package / "kind.py").write_text(blocks.KIND.code)
    (package / "weights.py").write_text(blocks.PARAMETER.code)
    about = tmp_path / "site" / "my_package-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1.0\n")
    section = (ROOT / "CONTRIBUTING.md").read_text().split('[project.entry-points."skillprobe.plugins"]\n')[1]
    (about / "entry_points.txt").write_text("[skillprobe.plugins]\n" + section.split("```")[0].replace('"', ""))
    variables = {"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}", "SKILLPROBE_HOME": tmp_path / "store"}
    shown = run_python("-c", MAIN, "items", "show", "listed_sum", "-n", "1", **variables)
    assert "calculation/math  level 1" in shown
    described = run_python(
        "-c", MAIN, "sql", "--format", "csv",
        "SELECT table_name FROM duckdb_columns() WHERE column_name = 'signs_changed' AND schema_name = 'main'",
        **variables,
    )  # fmt: skip
    assert "parameter_stats" in described
