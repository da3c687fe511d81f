"""Freed memory goes back to the system on request, with something still in use behind it."""

import platform
import subprocess
import sys

import pytest

MEASURE = """
import sys
import numpy as np
from skillprobe_core.machine.allocator import freed_memory_given_back, trim

def anonymous():
    with open("/proc/self/status") as status:
        return 1024 * next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

def freed():
    pairs = [(np.ones(2**20), np.ones(2**13)) for _ in range(20)]
    arrays, between = map(list, zip(*pairs))  # the small ones stay, so that nothing is at the heap's end
    del pairs
    before = anonymous()
    arrays.clear()
    if "trim" in sys.argv:
        trim()
    return before - anonymous() if between else None

del (large := [np.ones(2**21)])[0]  # from now on arrays of 8 MiB come from the heap
if "context" in sys.argv:
    with freed_memory_given_back():
        print(freed())
else:
    print(freed())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library has these settings")
@pytest.mark.parametrize("way", ["context", "trim"])
def test_freed_memory_is_given_back(way):
    found = subprocess.run([sys.executable, "-c", MEASURE, way], check=True, capture_output=True, text=True)
    assert int(found.stdout) > 19 * 2**23
