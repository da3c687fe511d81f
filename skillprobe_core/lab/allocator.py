"""How the C library treats memory that training frees."""

from __future__ import annotations

import ctypes

# Parameters of mallopt(3) of the GNU C library.
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3


def keep_freed_memory() -> None:
    """Have the GNU C library keep the memory of freed tensors for the next ones; does nothing elsewhere.

    By default each large tensor is mapped anew and its pages are cleared by the kernel, which takes up to a third
    of the time of small models.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 2**25)  # the most that it accepts
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(_TOP_PAD, 2**26)
