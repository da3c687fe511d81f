"""docs/licences.md lists every locked package with the licence that it states."""

from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, version

import pytest

from tools.supply_chain.licences import NOT_HERE, PAGE, licence_of, row
from tools.supply_chain.locks import LOCK, locked


def test_every_locked_package_is_listed_with_its_version() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]
    listed = {name.removeprefix("| "): (number, licence) for name, number, licence, _ in rows}
    assert {name: number for name, (number, _) in listed.items()} == {
        each.name: each.version for each in locked(LOCK.read_text())
    }
    for each in locked(LOCK.read_text()):
        if each.marker is None:
            assert listed[each.name][1] != NOT_HERE, each.name


def test_rows_are_those_of_the_installed_packages() -> None:
    text = PAGE.read_text()
    compared = 0
    for each in locked(LOCK.read_text()):
        try:
            installed = version(each.name).partition("+")[0]
        except PackageNotFoundError:
            continue
        if installed == each.version:
            compared += 1
            assert row(each) in text, "run `make licences`"
    assert compared > 20


class Stated(Distribution):
    def __init__(self, *fields: tuple[str, str]) -> None:
        self._message = Message()
        for name, value in fields:
            self._message[name] = value

    @property
    def metadata(self):
        return self._message

    def read_text(self, filename):
        return None

    def locate_file(self, path):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: MIT License"), ("License", "see file")], "MIT License"),
        ([("Classifier", "License :: OSI Approved"), ("License", "BSD")], "BSD"),
        ([("License", "A licence text " * 20)], "not stated"),
        ([("License", "A licence text " * 20), ("License-File", "COPYING")], "see its file COPYING"),
        ([], "not stated"),
    ],
)
def test_the_most_exact_statement_counts(fields: list[tuple[str, str]], licence: str) -> None:
    assert licence_of(Stated(*fields)) == licence
