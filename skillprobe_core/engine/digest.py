"""Digests of values: SHA-256 over canonical JSON."""

from __future__ import annotations

import hashlib
import json

# Canonical JSON: ASCII only, keys sorted, no blanks.
canonical = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"), check_circular=False).encode


def digest_of_value(value: object) -> str:
    """SHA-256, as 64 hexadecimal digits, of a value written as canonical JSON."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def digest_of(*parts: object) -> str:
    """The digest of the list of the parts."""
    return digest_of_value(parts)
