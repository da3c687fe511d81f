"""A missing package is named with the extra that brings it; any other failed import stays what it is."""

import pytest

from skillprobe_core import extras
from skillprobe_core.errors import SettingsError
from skillprobe_core.extras import missing_package, require


@pytest.fixture(autouse=True)
def _absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.PACKAGES, "gguf", ("numpy", "skillprobe_absent", "skillprobe_absent_too"))


def test_what_is_installed_is_let_through() -> None:
    require("models", "probing")


def test_what_is_not_is_named_with_the_remedy() -> None:
    with pytest.raises(SettingsError) as raised:
        require("gguf", "model x")
    assert raised.value.cause == "model x needs skillprobe_absent, skillprobe_absent_too: not installed"
    assert raised.value.remedy == "install the extra: pip install 'skillprobe[gguf]'"


def test_an_import_that_failed_for_it_is_recognised() -> None:
    found = missing_package(ModuleNotFoundError("No module named 'x'", name="skillprobe_absent.part"))
    assert found is not None
    assert "skillprobe_absent is not installed" in str(found)
    assert "pip install 'skillprobe[gguf]'" in str(found)


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'numpy.parts'", name="numpy.parts"),
        ModuleNotFoundError("No module named 'elsewhere'", name="elsewhere"),
        ModuleNotFoundError("no name"),
        ImportError("cannot import name", name="skillprobe_absent"),
        ValueError("skillprobe_absent"),
    ],
    ids=repr,
)
def test_any_other_error_is_a_bug_as_before(error: Exception) -> None:
    assert missing_package(error) is None
