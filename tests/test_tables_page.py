"""docs/tables.md is what its script makes of the declared tables."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_page_shows_the_present_tables() -> None:
    spec = importlib.util.spec_from_file_location("tables_page", ROOT / "docs/figures/tables.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "docs/tables.md").read_text() == script.page(), "make it again: python docs/figures/tables.py"
