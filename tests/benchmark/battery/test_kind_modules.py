"""Kinds of a module or a file."""

from pathlib import Path

import pytest

from skillprobe_core.benchmark.battery.kind_modules import kinds_of
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.errors import ItemError


def test_a_module_without_kinds_is_refused(tmp_path):
    (tmp_path / "none.py").write_text("x = 1")
    with pytest.raises(ItemError, match="does not define an item kind"):
        kinds_of(str(tmp_path / "none.py"))
    with pytest.raises(ItemError, match="cannot be imported"):
        kinds_of("no.such.module")


SUM = (
    "from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND as SUM\nfrom dataclasses import replace\n"
)


def test_a_file_offers_its_kind_or_its_kinds(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(f"{SUM}KIND = replace(SUM, name='mine')\n")
    (tmp_path / "two.py").write_text(f"{SUM}KIND = SUM\nKINDS = (replace(SUM, name='a'), replace(SUM, name='b'))\n")
    assert [kind.name for kind in kinds_of(str(tmp_path / "one.py"))] == ["mine"]
    assert [kind.name for kind in kinds_of(str(tmp_path / "two.py"))] == ["a", "b"]


def test_a_module_is_given_by_its_name() -> None:
    (kind,) = kinds_of("skillprobe_core.benchmark.kinds.calculation.column_sum")
    assert kind.name == "column_sum"
    assert kinds_of("skillprobe_core.benchmark.kind_registry") == KINDS


@pytest.mark.parametrize("content", ["KINDS = ('text',)", "KIND = 3", f"{SUM}KINDS = (SUM, 'text')"])
def test_what_is_not_a_kind_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.py").write_text(content)
    with pytest.raises(ItemError, match="does not define an item kind"):
        kinds_of(str(tmp_path / "wrong.py"))


@pytest.mark.parametrize(("content", "cause"), [("1 / 0", "ZeroDivisionError"), ("def", "SyntaxError")])
def test_an_error_in_the_module_is_quoted(content: str, cause: str, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(content)
    with pytest.raises(ItemError, match=f"cannot be imported: {cause}"):
        kinds_of(str(tmp_path / "broken.py"))
    with pytest.raises(ItemError, match="cannot be imported"):
        kinds_of(str(tmp_path / "nowhere.py"))
