"""The result of reading one statement."""

from __future__ import annotations

from typing import NamedTuple

MAX_ANSWER_CHARACTERS = 4000


class Reading(NamedTuple):
    """A statement compared with a key.

    right: True if it asserts the key and nothing else in its place; None if the symbolic check ran out of time.
    extracted: the part of the statement that was taken for the answer; None if it has none.
    well_formed: True if that part has the form that the answer type requires, so that it states a value.
    """

    right: bool | None
    extracted: str | None
    well_formed: bool


NOTHING = Reading(False, None, False)
"""The reading of a statement without an answer. For a statement that is not marked, the next one is tried."""
