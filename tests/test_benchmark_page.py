"""docs/benchmark.md is what its script makes of the kinds."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
REMEDY = "make it again: python docs/figures/benchmark.py"


def test_the_page_shows_the_present_kinds_sources_and_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs/figures")
    spec = importlib.util.spec_from_file_location("benchmark_page", ROOT / "docs/figures/benchmark.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = (ROOT / "docs/benchmark.md").read_text()
    for part in (script.kinds_part, script.ladder_part, script.scores_part, script.sources_part, script.gallery_part):
        assert "\n".join(part()) in page, REMEDY
