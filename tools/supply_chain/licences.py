"""docs/licences.md: the licence of every package of the lock, as the package itself states it.

Run as `python -m tools.supply_chain.licences` in an environment that has all extras (`make licences`).
"""

from __future__ import annotations

from importlib.metadata import Distribution, PackageNotFoundError, distribution

from .locks import LOCK, ROOT, Locked, locked

PAGE = ROOT / "docs" / "licences.md"
NOT_HERE = "not installed where this list was made"
_HEAD = """# Licences of dependencies

skillprobe is licensed under Apache-2.0. The table lists every package of `requirements.lock` with the licence that its
metadata states. `make licences` writes this page. Packages with a marker are only installed on other systems; those of
NVIDIA come with the CUDA build of PyTorch and have NVIDIA's own licences.

| package | version | licence | only for |
|---|---|---|---|
"""
_LONGEST = 60


def licence_of(found: Distribution) -> str:
    """The licence that a package states.

    Args:
        found: The installed package.

    Returns:
        Its licence expression, else its classifiers, else a short text of its `License` field, else its licence
        file, else `not stated`.
    """
    about = found.metadata
    if expressions := about.get_all("License-Expression"):
        return str(expressions[0])
    prefix = "License :: "
    named = [
        each.removeprefix(prefix).removeprefix("OSI Approved :: ")
        for each in about.get_all("Classifier") or []
        if each.startswith(prefix) and each != "License :: OSI Approved"
    ]
    if named:
        return "; ".join(named)
    lines = "\n".join(about.get_all("License") or []).strip().splitlines()
    if lines and len(lines[0]) <= _LONGEST:
        return lines[0]
    files = about.get_all("License-File")
    return f"see its file {files[0]}" if files else "not stated"


def row(package: Locked) -> str:
    """The row of a package."""
    try:
        licence = licence_of(distribution(package.name))
    except PackageNotFoundError:
        licence = NOT_HERE
    marker = f"`{package.marker}`" if package.marker else ""
    return f"| {package.name} | {package.version} | {licence} | {marker} |\n"


def page() -> str:
    """The page of all packages of the lock."""
    return _HEAD + "".join(map(row, locked(LOCK.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
