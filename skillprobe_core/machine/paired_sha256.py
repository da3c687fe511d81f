"""SHA-256 of a file and of a part of it in one pass: paired_sha256.c, compiled for this machine.

Both digests together take little more processor time than one by hashlib. Without a C compiler or a processor with SHA
instructions (x86-64), and wherever the compiled code gives other digests than hashlib on a sample, hashlib computes
them.
"""

from __future__ import annotations

import ctypes
import hashlib
from functools import cache
from pathlib import Path

from .compiled import compiled_library

C_FILE = Path(__file__).with_name("paired_sha256.c")
_START = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)


class _State(ctypes.Structure):
    _fields_ = (("words", ctypes.c_uint32 * 8), ("bytes", ctypes.c_uint64), ("pending", ctypes.c_uint8 * 64))


class PairedSha256:
    """A running SHA-256 to which bytes are added alone or together with those of another one."""

    def __init__(self) -> None:
        self._library = compiled_kernel()
        self._state = _State(_START)
        self._plain = hashlib.sha256()

    def update(self, data: bytes) -> None:
        """Add bytes to this digest alone."""
        if self._library is None:
            self._plain.update(data)
        else:
            self._library.add_to_one(ctypes.byref(self._state), data, len(data))

    def update_with(self, other: PairedSha256, data: bytes) -> None:
        """Add bytes to this digest and to another one. Python's global lock is released.

        Args:
            other: A digest that is not this one.
            data: The bytes.
        """
        if self._library is None or other._library is None:
            self._plain.update(data)
            other._plain.update(data)
        else:
            self._library.add_to_both(ctypes.byref(self._state), ctypes.byref(other._state), data, len(data))

    def hexdigest(self) -> str:
        """The digest of all bytes so far, as 64 hexadecimal digits."""
        if self._library is None:
            return self._plain.hexdigest()
        result = ctypes.create_string_buffer(32)
        self._library.finish(ctypes.byref(self._state), result)
        return result.raw.hex()


@cache
def compiled_kernel() -> ctypes.CDLL | None:
    """The compiled functions; None where they cannot be compiled or differ from hashlib."""
    library = compiled_library(C_FILE, "paired_sha256")
    if library is None or not library.available():
        return None
    library.add_to_both.argtypes = [*[ctypes.POINTER(_State)] * 2, ctypes.c_char_p, ctypes.c_int64]
    library.add_to_both.restype = None
    library.add_to_one.argtypes = [ctypes.POINTER(_State), ctypes.c_char_p, ctypes.c_int64]
    library.add_to_one.restype = None
    library.finish.argtypes = [ctypes.POINTER(_State), ctypes.c_char_p]
    library.finish.restype = None
    return library if _agrees(library) else None


def _agrees(library: ctypes.CDLL) -> bool:
    sample = bytes(number * number % 251 for number in range(1000))
    for begun in (0, 1, 8, 63, 64, 100):
        states = [_State(_START) for _ in range(2)]
        first, second = map(ctypes.byref, states)
        library.add_to_one(first, sample[:begun], begun)
        library.add_to_both(first, second, sample[begun:], len(sample) - begun)
        for state, text in ((first, sample), (second, sample[begun:])):
            result = ctypes.create_string_buffer(32)
            library.finish(state, result)
            if result.raw != hashlib.sha256(text).digest():
                return False
    return True
