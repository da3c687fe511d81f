"""C files of this package, compiled for this machine on first use."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

FLAGS = ("-O3", "-march=native", "-fopenmp-simd", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC")


def compiled_library(c_file: Path, name: str) -> ctypes.CDLL | None:
    """The compiled library, from this user's cache if it is there; None without a working C compiler.

    The file's name holds a digest of code, flags, compiler and processor, so that different machines can share a home
    directory.
    """
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if compiler is None:
        return None
    built_from = "\n".join([c_file.read_text(), *FLAGS, compiler, _processor()])
    file = f"{name}-{hashlib.sha256(built_from.encode()).hexdigest()[:16]}.so"
    try:
        library = _cache_folder() / file
        if not library.exists():
            with tempfile.TemporaryDirectory(dir=library.parent) as folder:
                unfinished = Path(folder) / file
                command = [compiler, *FLAGS, str(c_file), "-o", str(unfinished), "-lm"]
                subprocess.run(command, check=True, capture_output=True)
                unfinished.replace(library)
        return ctypes.CDLL(str(library))
    except (OSError, subprocess.CalledProcessError):
        return None


def _cache_folder() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "skillprobe"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _processor() -> str:
    """The processor's instruction sets, which the compiler optimises for."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), platform.processor())
    return f"{platform.machine()} {flags}"
