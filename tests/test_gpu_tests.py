"""Every module that does something else on a GPU has a test that runs on one: `make test-gpu`."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "skillprobe_core"
# A fixture or a parameter that brings a CUDA device besides the mark itself.
RUNS_ON_A_GPU = re.compile(r"mark\.gpu|NO_GPU|DEVICES|\bmake_backend\b")
# Modules whose path on a device is tested elsewhere than in their own test file.
ELSEWHERE = {
    "measurements/divergence/pair_sums.py": "tests/measurements/divergence/test_logit_blocks.py",
    "measurements/divergence/ranking.py": "tests/measurements/divergence/test_logit_blocks.py",
    "models/vllm_engine/server_extension.py": "tests/models/vllm_engine/test_engine_weights.py",
    "models/decoding/decoding.py": "tests/models/backends/test_transformers_backend.py",
    "models/vllm_engine/engine_host.py": "tests/models/vllm_engine/test_engine_client.py",
    "models/backends/vllm_backend.py": "tests/models/vllm_engine/test_engine_client.py",
}


def branches_on_device(source: str) -> bool:
    """Report if code uses torch.cuda, names a type of device, or compares one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.cuda":
            return True
        if isinstance(node, ast.Constant) and node.value == "cuda":
            return True
        if isinstance(node, ast.Compare) and any(
            ast.unparse(each).endswith("device.type") for each in (node.left, *node.comparators)
        ):
            return True
    return False


MODULES = [
    str(path.relative_to(CORE)) for path in sorted(CORE.rglob("*.py")) if branches_on_device(path.read_text("utf-8"))
]


@pytest.mark.parametrize("module", MODULES)
def test_a_path_that_only_a_device_takes_is_tested_on_one(module: str) -> None:
    path = Path(module)
    file = ROOT / ELSEWHERE.get(module, str(Path("tests") / path.parent / f"test_{path.name}"))
    assert RUNS_ON_A_GPU.search(file.read_text("utf-8")), (
        f"skillprobe_core/{module} branches on the device, and {file.relative_to(ROOT)} has no test with the mark `gpu`"
    )


def test_modules_with_such_paths_are_found() -> None:
    assert {"models/device_memory.py", "models/model_loading.py", "machine/processor.py"} <= set(MODULES)
    assert set(ELSEWHERE) <= set(MODULES)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("torch.cuda.empty_cache()", True),
        ("rows = {'cpu': 1, 'cuda': 8}[kind]", True),
        ("if tensor.device.type != 'cpu': pass", True),
        ("tensor.to(device)", False),
        ("'''Runs on cuda.'''", False),
    ],
)
def test_what_counts_as_such_a_path(source: str, expected: bool) -> None:
    assert branches_on_device(source) is expected
