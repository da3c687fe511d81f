"""The house rules that reviewers would otherwise have to remember."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "skillprobe_core"

# A package may import itself and what lies on a floor below, at the top of a file or inside a function.
FLOORS = (
    {"machine"},
    {"engine"},
    {"stats", "runs", "drawing"},
    {"models", "benchmark"},
    {"measurements"},
    {"project"},
    {"demo", "show"},
)
GROUND = {"errors", "home", "plugins", "progress", "settings_section", "terminal", "visible"}
FLOOR_OF = {package: number for number, floor in enumerate(FLOORS) for package in floor}


def imports_of(path: Path) -> set[str]:
    """Absolute names of all modules that a module imports when it runs, at its top or inside a function."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    tree = ast.parse(path.read_text())
    conditions = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    for_types = [block for block in conditions if ast.unparse(block.test) == "TYPE_CHECKING"]
    never_run = {id(node) for block in for_types for node in ast.walk(block)}
    names = set()
    for node in ast.walk(tree):
        if id(node) in never_run:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package[: len(package) - node.level + 1]) + "." if node.level else ""
            module = f"{start}{node.module or ''}".rstrip(".")
            names |= {module} | {f"{module}.{alias.name}" for alias in node.names}
    return names


def core_packages(path: Path) -> set[str]:
    parts = {tuple(name.split(".")) for name in imports_of(path)}
    return {part[1] for part in parts if part[0] == "skillprobe_core" and len(part) > 1 and (CORE / part[1]).is_dir()}


def test_every_core_package_has_its_floor() -> None:
    packages = {path.name for path in CORE.iterdir() if (path / "__init__.py").exists()}
    assert packages == set(FLOOR_OF)


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_run_downwards(path: Path) -> None:
    package = path.relative_to(CORE).parts[0]
    own = FLOOR_OF.get(package, 0 if path.stem in GROUND else len(FLOORS))
    above = {name for name in core_packages(path) if FLOOR_OF[name] >= own and name != package}
    assert not above, f"{path.relative_to(ROOT)} imports from its own floor or above: {sorted(above)}"
    assert not {name for name in imports_of(path) if name.split(".")[0] in {"dagster", "skillprobe_dagster"}}


def test_names_of_files_differ() -> None:
    """An editor's tabs show base names only. Kinds and layouts of tests aside, each occurs once."""
    names = Counter(path.name for package in (CORE, ROOT / "skillprobe_dagster") for path in package.rglob("*.py"))
    assert {name for name, number in names.items() if number > 1} == {"__init__.py"}


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, skillprobe_core.show.cli.main; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    heavy = {"torch", "transformers", "dagster", "polars", "duckdb", "pyarrow", "scipy", "numpy", "pydantic", "trl"}
    assert not heavy & set(loaded)


def test_the_tables_import_no_model_code() -> None:
    """SQL and reports read the declarations of measures; loading torch for that would cost them seconds."""
    program = (
        "import sys\nfrom skillprobe_core.measurements.table_registry import all_tables\n"
        "all_tables()\nprint(*sorted(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"torch", "transformers", "scipy", "dagster"} & set(loaded)


# These two write JSON to the process that started them.
MACHINE = {"benchmark/judging/algebra_worker.py", "benchmark/battery/kind_streams.py"}
PRINTS = {
    "print", "pprint", "typer.echo", "typer.secho", "click.echo", "sys.stdout.write", "sys.stderr.write",
    "traceback.print_exc", "rich.print", "Console", "typer.Typer",
}  # fmt: skip
MAY_PRINT = {"terminal.py": {"print", "Console"}, "show/cli/typer_app.py": {"typer.Typer"}}


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
    assert not around, f"use skillprobe_core.terminal (and typer_app.py's new_app): {around}"


def test_every_kind_file_has_a_test_file() -> None:
    kinds = CORE / "benchmark" / "kinds"
    modules = {path.relative_to(kinds) for path in kinds.glob("*/*.py") if "KIND = Kind(" in path.read_text()}
    tested = {
        path.relative_to(ROOT / "tests/benchmark/kinds").with_name(path.name.removeprefix("test_"))
        for path in (ROOT / "tests/benchmark/kinds").glob("*/test_*.py")
    }
    assert modules, "no kinds found"
    assert not modules - tested, f"kinds without a test: {sorted(map(str, modules - tested))}"
