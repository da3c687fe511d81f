"""The order of elements that have labels: `B: 3, A: 1` where the question asks for A and B."""

from __future__ import annotations

import re

from .list_parts import ORDINALS
from .list_shape import Elements, Shape


def in_order_of_labels(found: Elements, labels: list[str], shape: Shape) -> Elements:
    """The elements in the order in which the question names their labels, if every one has a label of its own."""
    names = [re.sub(r"^.*?(\w+)\W*$", r"\1", label.lower().strip()) for label in labels]
    if len(found) < 2 or len(set(names)) < len(names) or not all(names):
        return found
    if all(name in ORDINALS for name in names):
        places = [ORDINALS[name] for name in names]
    elif not shape.question.words:
        if not all(len(name) == 1 and name.isalpha() for name in names):
            return found
        places = [ord(name) for name in names]
    else:
        asked = re.split(r"(?<=[.?!])\s+|\n", shape.question.folded.strip())
        line = next((each for each in reversed(asked) if all(_place(name, each) >= 0 for name in names)), None)
        if line is None:
            return found
        places = [_place(name, line) for name in names]
    return [element for _, element in sorted(zip(places, found, strict=True), key=lambda each: each[0])]


def _place(name: str, text: str) -> int:
    match = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return match.start() if match else -1
