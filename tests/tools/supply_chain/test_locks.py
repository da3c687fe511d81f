"""The locks pin what constraints.txt pins, with a hash for every file."""

from pathlib import Path

import pytest

from tools.supply_chain.locks import LOCK, READING_LOCK, ROOT, Locked, locked, normalised


def packages(path: Path) -> dict[str, str]:
    return {each.name: each.version for each in locked(path.read_text())}


def test_every_package_of_the_constraints_is_locked_at_its_version() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    lock = packages(LOCK)
    assert {name: lock.get(normalised(name)) for name in pinned} == pinned, "run `make lock`"


def test_every_package_has_hashes_and_the_reading_lock_is_a_part() -> None:
    for path in (LOCK, READING_LOCK):
        entries = list(locked(path.read_text()))
        assert entries
        assert [each.name for each in entries if not each.hashes] == []
        assert len({each.name for each in entries}) == len(entries)
    assert packages(READING_LOCK).items() <= packages(LOCK).items()
    assert {"duckdb", "polars", "pydantic", "typer"} <= packages(READING_LOCK).keys()
    assert "torch" not in packages(READING_LOCK)


def test_no_address_of_a_registry_is_stored() -> None:
    for path in (LOCK, READING_LOCK):
        assert "://" not in path.read_text()
        assert not path.read_text().startswith("-")


def test_entries_are_read_with_marker_and_hashes() -> None:
    first, second = "a" * 64, "b" * 64
    text = (
        f"One_Package==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{first} \\\n    --hash=sha256:{second}\n"
        f"two[extra]==2.0 \\\n    --hash=sha256:{second}\n"
    )
    one, two = locked(text)
    assert one == Locked("one-package", "1.0", "sys_platform == 'linux'", (first, second))
    assert two == Locked("two", "2.0", None, (second,))


@pytest.mark.parametrize("text", ["polars>=2.0", "-e .", "polars @ file:///x.whl"])
def test_what_is_not_an_exact_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an exact version"):
        list(locked(text))
