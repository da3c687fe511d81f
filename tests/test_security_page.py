"""docs/security.md: every promise names a test that exists and that is not skipped unconditionally."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
SECTION = PAGE.partition("\n## Promises\n")[2].partition("\n## ")[0]
ROWS = [line.strip("| ").split(" | ") for line in SECTION.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_a_promise_names_a_test_that_exists(row: list[str]) -> None:
    promise, named = row
    assert promise.endswith(".")
    found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", named)
    assert found is not None
    tree = ast.parse((ROOT / found[1]).read_text())
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == found[2]]
    marks = [ast.unparse(mark) for mark in function.decorator_list]
    assert not [mark for mark in marks if mark.startswith(("pytest.mark.skip(", "pytest.mark.xfail"))]


def test_no_test_stands_for_two_promises() -> None:
    assert len(ROWS) > 25
    assert len({named for _, named in ROWS}) == len(ROWS)


def test_its_sections_are_listed() -> None:
    listed = re.findall(r"^- \[(.+)\]\(#(.+)\)$", PAGE, re.MULTILINE)
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert [name for name, _ in listed] == headings
    assert [place for _, place in listed] == [heading.lower().replace(" ", "-") for heading in headings]


def test_its_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make (\w+)`", PAGE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
