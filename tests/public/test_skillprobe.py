"""The public package: what it offers, what importing it costs, and its documentation."""

import ast
import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import skillprobe
import skillprobe_core

SOURCE = Path(skillprobe.__file__)
HEAVY = {"polars", "torch", "duckdb", "dagster", "pydantic", "numpy", "pyarrow", "transformers", "scipy", "typer"}
FUNCTIONS = ("compare", "divergence", "judge", "open", "probe", "report", "study", "watch", "weight_statistics")


def loaded_by(program: str) -> set[str]:
    program = f"import sys\n{program}\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_it_imports_nothing_heavy() -> None:
    assert not HEAVY & loaded_by("import skillprobe\nskillprobe.__version__, skillprobe.__all__, dir(skillprobe)")


def test_a_verdict_needs_neither_torch_nor_polars() -> None:
    loaded = loaded_by("import skillprobe\nassert skillprobe.judge('integer', '4', 'Answer: 4').correct")
    assert not (HEAVY - {"numpy"}) & loaded


def test_results_need_no_torch_and_no_dagster() -> None:
    loaded = loaded_by("import skillprobe\nskillprobe.Results, skillprobe.probe, skillprobe.Table, skillprobe.Family")
    assert not {"torch", "transformers", "dagster", "scipy"} & loaded


def test_the_names_for_type_checkers_are_those_at_run_time() -> None:
    tree = ast.parse(SOURCE.read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        module = f"skillprobe.{node.module}" if node.level else node.module
        typed |= {alias.asname or alias.name: (module, alias.name) for alias in node.names}
    assert sorted([*typed, "__version__"]) == sorted(skillprobe.__all__) == dir(skillprobe)
    for name, (module, attribute) in typed.items():
        assert getattr(skillprobe, name) is getattr(import_module(module), attribute), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'prob'"):
        _ = skillprobe.prob


def test_its_submodules_hide_no_name() -> None:
    for name in FUNCTIONS:
        assert inspect.isfunction(getattr(skillprobe, name)), name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_typed_and_documented(name: str) -> None:
    function = getattr(skillprobe, name)
    documented = inspect.getdoc(function) or ""
    assert all(section in documented for section in ("Args:", "Returns:", "Raises:"))
    for parameter in inspect.signature(function).parameters.values():
        assert f"\n    {parameter.name}: " in documented, parameter.name
        assert parameter.annotation is not inspect.Parameter.empty


def test_the_packages_are_typed_and_of_one_version() -> None:
    for package in ("skillprobe", "skillprobe_core", "skillprobe_dagster"):
        assert (SOURCE.parents[1] / package / "py.typed").is_file()
    assert skillprobe.__version__ == skillprobe_core.__version__


def test_python_m_is_the_command(tmp_path: Path) -> None:
    def output(*arguments: str) -> str:
        command = [sys.executable, "-m", "skillprobe", *arguments]
        path = {"PYTHONPATH": str(SOURCE.parents[1]), "SKILLPROBE_HOME": str(tmp_path)}
        return subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | path).stdout

    assert output("--version") == f"skillprobe {skillprobe.__version__}\n"
    assert "Evaluate one checkpoint" in output("--help")
