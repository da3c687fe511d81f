"""Record saves of a trainer's own library: `python -m tools.real_saves torchtune --to FOLDER`.

Run it with the Python of an environment that has the library. It writes one archive per save, which
`tests/scenarios/test_recorded_saves.py` replays operation by operation without the library.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from . import libraries
from .bases import write_base
from .recording import recorded

RECORDED = Path(__file__).parents[2] / "tests" / "data" / "recorded_saves"


def main(arguments: list[str] | None = None) -> int:
    """Record all saves of a library, or those that are named."""
    names = sorted(module.name.removeprefix("with_") for module in pkgutil.iter_modules(libraries.__path__))
    parser = argparse.ArgumentParser(prog="python -m tools.real_saves", description=__doc__)
    parser.add_argument("library", choices=names, help="the library that saves")
    parser.add_argument("--only", help="one of its saves (default: all)")
    parser.add_argument("--to", type=Path, default=RECORDED, help="folder of the archives (default: %(default)s)")
    given = parser.parse_args(arguments)
    saves = importlib.import_module(f"{libraries.__name__}.with_{given.library}").SAVES
    target = given.to.absolute()
    if given.only is None:  # a process each: libraries keep process groups and settings
        for save in saves:
            only = ["--only", save.name, "--to", str(target)]
            subprocess.run([sys.executable, "-m", "tools.real_saves", given.library, *only], check=True)
        return 0
    (save,) = (each for each in saves if each.name == given.only)
    with tempfile.TemporaryDirectory() as temporary, chdir(temporary):  # relative paths, which the saves may hold
        base = write_base(Path("base"))
        with recorded(Path("exp")) as recorder:
            save.write(base, Path("exp"))
        recording = recorder.recording(save.description())
        recording.write(target / f"{save.name}.zip")
    print(f"{save.name}: {len(recording.operations)} operations")
    return 0


if __name__ == "__main__":
    sys.exit(main())
