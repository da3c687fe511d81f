"""What discovery finds in one run folder, and the age of its files."""

import os
import time

from skillprobe_core.runs.discovery import discover


def only(run, **options):
    (candidate,) = discover(run, "m", "sft", **options)
    return candidate


def age(path, seconds):
    """Set the time of the last change of a file, or of all files in a folder."""
    then = time.time() - seconds
    for file in [path] if path.is_file() else path.iterdir():
        os.utime(file, (then, then))
