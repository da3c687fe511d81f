"""Names of many people."""

from __future__ import annotations

import itertools

_GIVEN = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned",
          "Olga", "Pia", "Rita", "Sam", "Tom", "Uma")  # fmt: skip
_FAMILY = ("Adler", "Brook", "Cole", "Drew", "Fox", "Gray", "Hall", "Lane", "Moss", "Reed")

PEOPLE = tuple(f"{given} {family}" for given, family in itertools.product(_GIVEN, _FAMILY))
"""Two hundred different full names."""
