"""Mutations of inputs: of their bytes, and of the values of JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

VALUES: tuple[object, ...] = (
    None, True, False, 0, 1, -1, 2, 63, 64, 1 << 31, 1 << 53, 1 << 63, -(1 << 63), 10**30, 10**400, 0.5, -0.0, 1e308,
    float("inf"), float("nan"), "", " ", "a", "0", "-1", "1e999", "../x", "/dev/zero", "a\x00b", "\u202e", "x" * 5000,
    "(a+)+$", "{{ 9 ** 9 }}", [], {}, [[]], [None], {"": None}, [0, 4], [1] * 50,
)  # fmt: skip
TOKENS: tuple[bytes, ...] = (
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b",",
    b":",
    b"\\",
    b"\n",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"1e999",
    b"-",
    b"NaN",
    b"Infinity",
    b"null",
    b"true",
    b"[" * 2000,
    b'{"a":' * 500,
    b"9" * 5000,
    b"{{",
    b"}}",
    b"{%",
    b"%}",
    b"\\boxed{",
    b"Answer:",
    b"\xef\xbb\xbf",
    b"= ",
    b"[[runs]]\n",
    b"\xe2\x80\xae",
)


def mutated(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """A mutation of an input.

    Args:
        data: The input.
        corpus: Other inputs, of which parts are taken.
        rng: The source of randomness.

    Returns:
        The input after one to four changes, half of the time of JSON values where it is JSON.
    """
    for _ in range(rng.choice((1, 1, 1, 2, 2, 4))):
        value = _parsed(data) if rng.random() < 0.5 else None
        data = _bytes(data, corpus, rng) if value is None else _dumped(_changed(value, corpus, rng))
    return data[: 1 << 16]


def _parsed(data: bytes) -> Any:  # noqa: ANN401
    """The value of JSON, after the length that a safetensors file begins with; None for anything else."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _changed(value: Any, corpus: Sequence[bytes], rng: random.Random) -> Any:  # noqa: ANN401
    """The value with one node replaced, removed, repeated, renamed or wrapped."""
    if not isinstance(value, dict | list) or not value or rng.random() < 0.05:
        return rng.choice(VALUES)
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = rng.choice(keys)
    kind = rng.random()
    if kind < 0.5 and isinstance(value[key], dict | list) and value[key]:
        value[key] = _changed(value[key], corpus, rng)
    elif kind < 0.75:
        value[key] = rng.choice(VALUES)
    elif kind < 0.82:
        del value[key]
    elif kind < 0.88:
        value[key] = [value[key]]
    elif kind < 0.94:
        other = _parsed(rng.choice(corpus))
        value[key] = value[rng.choice(keys)] if other is None else other
    elif isinstance(value, dict):
        value[str(rng.choice(VALUES))[:100]] = value[key]
    else:
        value.extend(value[:1000])
    return value


def _bytes(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """The bytes with a part removed, replaced, repeated, or joined with another input."""
    start = rng.randrange(len(data) + 1)
    stop = min(len(data), start + rng.choice((1, 1, 2, 4, 16, 64, 1024)))
    part, other = data[start:stop], rng.choice(corpus)
    flipped = bytes([part[0] ^ (1 << rng.randrange(8))]) + part[1:] if part else rng.randbytes(1)
    middle = rng.choice((b"", rng.choice(TOKENS), rng.choice(TOKENS) + part, part * rng.choice((2, 3, 100)), flipped))
    end = rng.choice((data[stop:], data[stop:], data[stop:], data[stop:], other[rng.randrange(len(other) + 1) :], b""))
    return data[:start] + middle + end
