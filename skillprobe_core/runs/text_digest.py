"""Digests of plain values."""

from __future__ import annotations

import hashlib
import json


def text_digest(value: object) -> str:
    """SHA-256 over a value's canonical JSON, 64 hexadecimal digits."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
