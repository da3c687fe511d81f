"""docs/benchmark.md is what its script makes of the kinds."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from skillprobe_core.benchmark.kind_registry import KINDS

ROOT = Path(__file__).parent.parent
REMEDY = "make it again: python docs/figures/benchmark.py"


@pytest.fixture(scope="module")
def script() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(ROOT / "docs/figures")
        spec = importlib.util.spec_from_file_location("benchmark_page", ROOT / "docs/figures/benchmark.py")
        assert spec is not None
        assert spec.loader is not None
        made = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(made)
        yield made


@pytest.mark.parametrize(
    "part",
    ["kinds_part", pytest.param("ladder_part", marks=pytest.mark.slow), "scores_part", "sources_part", "gallery_part"],
)
def test_the_page_shows_the_present_kinds_sources_and_examples(part: str, script: ModuleType) -> None:
    page = (ROOT / "docs/benchmark.md").read_text()
    assert "\n".join(getattr(script, part)()) in page, REMEDY


def test_the_ladder_has_a_row_for_every_kind_up_to_its_top_level(script: ModuleType) -> None:
    page = (ROOT / "docs/benchmark.md").read_text()
    for kind in KINDS:
        assert f"| `{kind.name}` | {kind.levels[-1]} | " in page, REMEDY
