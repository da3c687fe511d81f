"""The house rules that reviewers would otherwise have to remember."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "skillprobe_core"

# A package may import from its own floor's neighbours and from the floors below.
FLOORS = (
    {"engine", "store", "measurements"},
    {"items", "checkpoints", "inference"},
    {"analysis", "scoring", "divergence", "parameters"},
    {"pipeline", "drawing", "lab"},
    {"report"},
    {"cli"},
)
SHARED = {
    "errors", "home", "interrupt", "native", "number_types", "packages", "processor", "progress", "terminal", "visible",
}  # fmt: skip
# Tables take their columns from the registries of measures.
REGISTRIES = {"skillprobe_core.divergence.registry", "skillprobe_core.parameters.registry"}
FLOOR_OF = {package: number for number, floor in enumerate(FLOORS) for package in floor}


def imports_of(path: Path) -> set[str]:
    """Absolute names of everything that a module imports, at its top or inside a function.

    A declaration in measurements/ lies below everything that it computes with: only its top counts.
    """
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    names = set()
    tree = ast.parse(path.read_text())
    for node in tree.body if package[-1] == "measurements" else ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = f"{start}{node.module or ''}".rstrip(".")
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def core_packages(path: Path) -> set[str]:
    names = imports_of(path)
    if path.parent == CORE / "measurements":
        names = {name for name in names if not any(name.startswith(registry) for registry in REGISTRIES)}
    parts = {tuple(name.split(".")) for name in names}
    return {part[1] for part in parts if part[0] == "skillprobe_core" and len(part) > 1 and (CORE / part[1]).is_dir()}


def test_every_core_package_has_its_floor() -> None:
    packages = {path.name for path in CORE.iterdir() if (path / "__init__.py").exists()}
    assert packages == set(FLOOR_OF)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_run_downwards(path: Path) -> None:
    package = path.relative_to(CORE).parts[0]
    allowed = FLOOR_OF.get(package, -1 if path.stem in SHARED else len(FLOORS))
    above = {name for name in core_packages(path) if FLOOR_OF[name] > allowed}
    assert not above, f"{path.relative_to(ROOT)} imports from above: {sorted(above)}"
    assert not {name for name in imports_of(path) if name.split(".")[0] in {"dagster", "skillprobe_dagster"}}


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, skillprobe_core.cli.main; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    heavy = {"torch", "transformers", "dagster", "polars", "duckdb", "pyarrow", "scipy", "numpy", "pydantic", "trl"}
    assert not heavy & set(loaded)


def test_the_tables_import_no_model_code() -> None:
    """SQL and reports read the declarations of measures; loading torch for that would cost them seconds."""
    program = "import sys, skillprobe_core.measurements.registry as all; all.all_tables(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"torch", "transformers", "scipy", "dagster"} & set(loaded)


# These two write JSON to the process that started them.
MACHINE = {"scoring/algebra.py", "scoring/battery/streams.py"}
PRINTS = {
    "print", "pprint", "typer.echo", "typer.secho", "click.echo", "sys.stdout.write", "sys.stderr.write",
    "traceback.print_exc", "rich.print", "Console", "typer.Typer",
}  # fmt: skip
MAY_PRINT = {"terminal.py": {"print", "Console"}, "cli/app.py": {"typer.Typer"}}


@pytest.mark.parametrize("package", ["skillprobe_core", "skillprobe_dagster"])
def test_what_people_see_goes_through_terminal(package: str) -> None:
    """Only there is text made visible: `say`, `export` and `console`; new_app's help takes nothing for markup."""
    around = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        name = str(path.relative_to(ROOT / package))
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)}
        found = calls & PRINTS - MAY_PRINT.get(name, set())
        if found and name not in MACHINE:
            around[name] = found
    assert not around, f"use skillprobe_core.terminal (and cli/app.py's new_app): {around}"


def test_every_kind_file_has_a_test_file() -> None:
    kinds = CORE / "items" / "kinds"
    modules = {path.relative_to(kinds) for path in kinds.glob("*/*.py") if "KIND = Kind(" in path.read_text()}
    tested = {
        path.relative_to(ROOT / "tests/items/kinds").with_name(path.name.removeprefix("test_"))
        for path in (ROOT / "tests/items/kinds").glob("*/test_*.py")
    }
    assert modules, "no kinds found"
    assert not modules - tested, f"kinds without a test: {sorted(map(str, modules - tested))}"
