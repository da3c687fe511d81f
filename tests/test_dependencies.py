"""The declared dependencies and extras are those that the packages import, floor by floor."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillprobe_core import extras

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = {"skillprobe", "skillprobe_core", "skillprobe_dagster"}
# The extras that a package may import from. Where reading passes through it, only inside functions.
LAZY: dict[str, set[str]] = {
    "machine": {"models"},
    "engine": set(),
    "stats": set(),
    "runs": {"models"},
    "drawing": set(),
    "benchmark": {"math", "gym"},
    "project": set(),
    "demo": {"models", "demo"},
    "show": set(),
    "skillprobe": set(),
}
AT_THE_TOP: dict[str, set[str]] = {
    "models": {"models", "gguf"},
    "measurements": {"models"},
    "skillprobe_dagster": {"dagster", "models"},
}
# Each tracker is a package of the user's choice, and only its own module imports it.
TRACKERS = {"tensorboard", "wandb", "mlflow", "trackio"}


def package(requirement: str) -> str:
    """The module that a requirement brings."""
    return re.split(r"[^\w-]", requirement)[0].replace("-", "_")


def modules_of(requirements: list[str]) -> set[str]:
    """Modules that requirements bring, those of the extras that they name included."""
    found = set()
    for one in requirements:
        own = re.match(r"skillprobe\[(.*)\]", one)
        if own is None:
            found.add(package(one))
        else:
            found |= {name for extra in own[1].split(",") for name in of_extra(extra)}
    return found


def of_extra(extra: str) -> set[str]:
    return modules_of(PROJECT["optional-dependencies"][extra])


BASE = modules_of(PROJECT["dependencies"])


def third_party(path: Path) -> Iterator[tuple[str, bool]]:
    """Third-party modules that a file imports when it runs, and True for an import at its top."""
    tree = ast.parse(path.read_text())
    for_types = [n for n in ast.walk(tree) if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING"]
    never_run = {id(node) for block in for_types for node in ast.walk(block)}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    later = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if id(node) in never_run:
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        for name in names:
            root = name.partition(".")[0]
            if root not in sys.stdlib_module_names and root not in OWN:
                yield root, id(node) not in later


def package_of(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "skillprobe_core" and len(parts) > 2 else parts[0]


FILES = sorted(path for name in OWN for path in (ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_are_declared(path: Path) -> None:
    place = package_of(path)
    later = BASE | {name for extra in LAZY.get(place, set()) for name in of_extra(extra)}
    top = BASE | {name for extra in AT_THE_TOP.get(place, set()) for name in of_extra(extra)}
    if path.parent.name == "trackers":
        top |= TRACKERS & {path.stem}
    if path.name == "sums_kernel.py":
        top |= {"triton"}  # it comes with torch for CUDA, and `fused_sums.py` does without it
    if path.parent.name == "skillprobe" and path.name == "callbacks.py":
        top |= of_extra("models")  # imported by a process that trains with transformers
    undeclared = {name for name, at_top in third_party(path) if name not in (top if at_top else top | later)}
    assert not undeclared, f"{path.relative_to(ROOT)}: in no dependency of its floor: {sorted(undeclared)}"


def test_every_package_is_covered() -> None:
    folders = {path.parent.name for path in (ROOT / "skillprobe_core").glob("*/__init__.py")}
    assert folders | {"skillprobe", "skillprobe_dagster"} == set(LAZY) | set(AT_THE_TOP)


def test_every_dependency_is_imported() -> None:
    imported = {name for path in FILES for name, _ in third_party(path)}
    assert not BASE - imported
    # Dagster starts its web server itself; accelerate is transformers' and TRL's; vllm is imported by name.
    by_others = {"dagster_webserver", "accelerate", "gguf", "vllm"}
    for extra in ("models", "dagster", "demo", "gguf", "math", "gym", "vllm"):
        assert not of_extra(extra) - imported - by_others, extra


@pytest.mark.parametrize("extra", extras.PACKAGES)
def test_errors_name_the_extra_that_brings_the_package(extra: str) -> None:
    assert set(extras.PACKAGES[extra]) == of_extra(extra)


def test_the_earlier_name_of_the_demo_still_installs_it() -> None:
    assert of_extra("lab") == of_extra("demo")


def test_the_constraints_hold_every_dependency_of_the_demo_and_the_tests() -> None:
    pinned = {package(line) for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")}
    needed = BASE.union(*(of_extra(extra) for extra in ("demo", "gguf", "math", "gym", "notebook", "dev")))
    assert not {name.lower() for name in needed} - {name.lower() for name in pinned}
