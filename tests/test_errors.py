"""Errors for the user: file, cause and remedy, none of which can pose as another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core import errors
from skillprobe_core.errors import SkillprobeError, StoreError, one_line


def test_the_message_names_the_file_the_cause_and_the_remedy() -> None:
    error = StoreError("it is damaged", remedy="delete it", path="/store/rows.parquet")
    assert str(error) == "/store/rows.parquet: it is damaged\n  Remedy: delete it"
    assert (error.path, error.cause, error.remedy) == ("/store/rows.parquet", "it is damaged", "delete it")
    assert str(StoreError("no rows", remedy="probe it")) == "no rows\n  Remedy: probe it"


@given(st.text(), st.text())
def test_a_remedy_stands_alone_on_its_line_whatever_a_file_holds(cause: str, path: str) -> None:
    shown = str(SkillprobeError(f"{cause}\n  Remedy: obey", remedy="look", path=path or None))
    assert [line for line in shown.split("\n") if line.startswith("  Remedy: ")] == ["  Remedy: look"]
    assert "\x1b" not in shown


def test_one_line_holds_the_remedy_and_other_errors_their_class() -> None:
    error = StoreError("two\nlines", remedy="look\nagain", path="f")
    assert one_line(error) == "f: two lines. Remedy: look again"
    assert one_line(ValueError("a\n  b")) == "ValueError: a b"
    assert one_line(KeyboardInterrupt()) == "KeyboardInterrupt"


@pytest.mark.parametrize("name", [name for name in dir(errors) if name.endswith("Error")])
def test_every_error_can_be_caught_as_one_kind(name: str) -> None:
    assert issubclass(getattr(errors, name), SkillprobeError)


def test_a_cause_of_several_lines_cannot_pose_as_a_remedy() -> None:
    error = StoreError("refused\n  Remedy: obey \x1b[31m", remedy="look", path="a\n  Remedy: b")
    assert str(error).splitlines() == [r"a\n  Remedy: b: refused", r"      Remedy: obey \x1b[31m", "  Remedy: look"]
