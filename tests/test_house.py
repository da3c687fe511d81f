"""The house rules that reviewers would otherwise have to remember."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "skillprobe_core"
PACKAGES = (ROOT / "skillprobe", CORE, ROOT / "skillprobe_dagster")

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
GROUND = {"errors", "extras", "home", "plugins", "progress", "settings_section", "terminal", "visible"}
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


@pytest.mark.parametrize(
    ("package", "may_import"),
    [
        ("skillprobe", {"skillprobe_core"}),
        ("skillprobe_core", set()),
        ("skillprobe_dagster", {"skillprobe_core"}),
        ("examples", {"skillprobe"}),
    ],
)
def test_packages_import_only_the_ones_below(package: str, may_import: set[str]) -> None:
    """The public package stands on the core alone, and nothing but a user's program stands on it."""
    packages = {"skillprobe", "skillprobe_core", "skillprobe_dagster", "dagster"}
    outside = {"dagster"} if package == "skillprobe_dagster" else set()
    for path in sorted((ROOT / package).rglob("*.py")):
        found = {name.split(".")[0] for name in imports_of(path)} & packages
        assert found <= may_import | outside | {package}, path


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
    names = Counter(path.name for package in PACKAGES for path in package.rglob("*.py"))
    assert {name for name, number in names.items() if number > 1} == {"__init__.py"}


def test_help_imports_nothing_heavy() -> None:
    program = "import sys, skillprobe_core.show.cli.main; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    heavy = {"torch", "transformers", "dagster", "polars", "duckdb", "pyarrow", "scipy", "numpy", "pydantic", "trl",
             "importlib.metadata"}  # fmt: skip
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
MACHINE = {
    "benchmark/judging/algebra_worker.py",
    "benchmark/battery/kind_streams.py",
    "models/trial_worker.py",
}
PRINTS = {
    "print", "pprint", "typer.echo", "typer.secho", "click.echo", "sys.stdout.write", "sys.stderr.write",
    "traceback.print_exc", "rich.print", "Console", "typer.Typer",
}  # fmt: skip
MAY_PRINT = {"terminal.py": {"print", "Console"}, "show/cli/typer_app.py": {"typer.Typer"}}


@pytest.mark.parametrize("package", ["skillprobe", "skillprobe_core", "skillprobe_dagster"])
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


# Test files mirror the packages. skillprobe_dagster's lie in tests/dagster, skillprobe's in tests/public.
MIRRORED = {"skillprobe_core": (), "skillprobe_dagster": ("dagster",), "skillprobe": ("public",)}
MAY_HAVE_TESTS = {"tools": ("tools",), "benchmarks": ("benchmarks",)}
# A module whose path matches has no test file of its own: the file named here checks all of them.
BY_RULE = {
    "*_table.py": "tests/measurements/test_table_registry.py",
    "*_settings.py": "tests/project/test_settings.py",
    "fact_retrieval/*_choice.py": "tests/benchmark/kinds/fact_retrieval/test_choice.py",
    "fact_retrieval/*_guided.py": "tests/benchmark/kinds/fact_retrieval/test_guided.py",
    "fact_retrieval/*_recall.py": "tests/benchmark/kinds/fact_retrieval/test_recall.py",
}
EXEMPT = {
    "skillprobe/__main__.py": "one call; tests/public/test_skillprobe.py runs it",
    "skillprobe_core/benchmark/twins/twin.py": "dataclasses only; tests/benchmark/twins/ proves what they hold",
    "skillprobe_core/engine/presentation.py": "dataclasses only; tests/measurements/test_table_registry.py uses them",
    "skillprobe_core/settings_section.py": "one line of configuration; tests/project/test_settings.py checks it",
    "skillprobe_core/measurements/divergence/measures/divergences.py": "declarations only; test_divergence_registry.py",
    "skillprobe_core/measurements/divergence/measures/entropies.py": "declarations only; test_divergence_registry.py",
    "skillprobe_core/measurements/divergence/measures/log_probs.py": "declarations only; test_divergence_registry.py",
    "skillprobe_core/measurements/divergence/measures/masses_outside.py": "declarations only; test_aligned_texts.py",
    "skillprobe_core/measurements/divergence/measures/token_ranks.py": "declarations only; test_divergence_registry.py",
    "skillprobe_core/measurements/divergence/measures/top_tokens.py": "declarations only; test_divergence_registry.py",
    "skillprobe_core/show/cli/demo_command.py": "starts skillprobe_dagster/demo.py; see tests/dagster/test_demo.py",
    "skillprobe_core/show/cli/protocol_option.py": "one option; tests/scenarios/test_two_protocols.py",
    "skillprobe_core/show/trackers/tracker.py": "an interface; each tracker has a test file",
    "skillprobe_dagster/partitions.py": "one definition; every test in tests/dagster uses it",
}
# Test files of other things than one module.
OTHERS = {
    "tests/test_benchmark_page.py": "docs/benchmark.md",
    "tests/test_dependencies.py": "the dependencies in pyproject.toml",
    "tests/test_gpu_tests.py": "the paths that only a GPU takes",
    "tests/test_house.py": "the architecture",
    "tests/test_prose.py": "all text",
    "tests/test_readme.py": "README.md",
    "tests/test_security_page.py": "docs/security.md",
    "tests/test_tables_page.py": "docs/tables.md",
    "tests/test_trainers_page.py": "docs/trainers.md",
    "tests/benchmark/kinds/test_give_aways.py": "the prompts of all kinds",
    "tests/benchmark/kinds/test_ladders.py": "the levels of all kinds",
    "tests/benchmark/kinds/test_stream_digests.py": "the draws of all kinds",
    "tests/dagster/test_served.py": "a served Dagster with its daemon, run alone",
}


def mirror_of(module: Path, below: Mapping[str, tuple[str, ...]]) -> Path:
    """The test file that mirrors a module (a path from the root of the repository)."""
    package, *folders = module.parts[:-1]
    return Path("tests", *below[package], *folders, f"test_{module.stem}.py")


def modules_of(packages: Iterable[str]) -> list[Path]:
    found = (path.relative_to(ROOT) for package in packages for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in found if path.name != "__init__.py")


def test_every_module_has_a_test_file_or_a_reason() -> None:
    by_rule = {str(module) for module in modules_of(MIRRORED) if any(map(module.match, BY_RULE))}
    tested = {str(module) for module in modules_of(MIRRORED) if (ROOT / mirror_of(module, MIRRORED)).exists()}
    missing = {str(module) for module in modules_of(MIRRORED)} - tested - by_rule - set(EXEMPT)
    assert not missing, f"write tests/.../test_NAME.py for these modules: {sorted(missing)}"
    assert not tested & set(EXEMPT), f"these have a test file now, so take them out of EXEMPT: {tested & set(EXEMPT)}"


def test_the_exempt_modules_exist_and_are_few() -> None:
    modules = {str(module) for module in modules_of(MIRRORED)}
    assert not set(EXEMPT) - modules, f"these modules are gone, so take them out of EXEMPT: {set(EXEMPT) - modules}"
    assert len(EXEMPT) <= 25
    assert all(EXEMPT.values())
    assert all((ROOT / file).exists() for file in BY_RULE.values())


def test_every_test_file_mirrors_a_module_or_says_what_it_tests() -> None:
    """A file may also be named after a package, in its folder or next to it: tests/models/backends/test_backends.py."""
    places = MIRRORED | MAY_HAVE_TESTS
    allowed = {mirror_of(module, places) for module in modules_of(places)}
    for package, below in places.items():
        for folder in (ROOT / package, *(ROOT / package).rglob("*/")):
            own = Path("tests", *below, *folder.relative_to(ROOT / package).parts)
            allowed |= {own / f"test_{folder.name}.py", own.with_name(f"test_{folder.name}.py")}
    files = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")}
    stray = {str(file) for file in files - allowed if file.parts[1] != "scenarios"} - set(OTHERS)
    assert not stray, f"name these after the module they test, or move them to tests/scenarios: {sorted(stray)}"
    assert not {file for file in OTHERS if not (ROOT / file).exists()}
