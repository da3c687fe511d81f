"""Search for every assignment of one value to each place when some pairs of values exclude each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def assignments(
    places: Sequence[Sequence[int]],
    excluded: Mapping[int, int],
    *,
    weights: Sequence[int] = (),
    total: int = 0,
    most: int | None = None,
) -> tuple[list[tuple[int, ...]], int]:
    """Fill the places in order and drop a partial assignment as soon as a value excludes an earlier one.

    Args:
        places: The values that each place may take; a value belongs to one place only.
        excluded: For a value the bits of the values that it excludes, in both directions; none for a missing value.
        weights: The weight of each value, by value.
        total: The weight of a complete assignment, if there are weights. Values that the total rules out are not tried.
        most: Number of values to try at most. A search that exceeds it is given up and returns no assignment.

    Returns:
        The assignments in lexicographic order of the places' values, and the number of values that were tried, each
        held once against the values before it.
    """
    found: list[tuple[tuple[int, ...], int, int]] = [((), 0, 0)]
    looks = 0
    if not all(places):
        return [], looks
    for number, values in enumerate(places, start=1):
        if weights:
            rest = [[weights[value] for value in place] for place in places[number:]]
            low, high = total - sum(map(max, rest)), total - sum(map(min, rest))
            weighed = [(value, weights[value]) for value in values]
            tried = [(*one, value, add) for one in found for value, add in weighed if low <= one[2] + add <= high]
        else:
            tried = [(*one, value, 0) for one in found for value in values]
        looks += len(tried)
        if most is not None and looks > most:
            return [], looks
        found = [
            ((*taken, value), barred | excluded.get(value, 0), sum_ + add)
            for taken, barred, sum_, value, add in tried
            if not barred >> value & 1
        ]
    return [taken for taken, _, _ in found], looks


def exclusions(pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The bits that each value excludes, from the pairs of values that cannot occur together."""
    bits: dict[int, int] = {}
    for one, other in pairs:
        bits[one] = bits.get(one, 0) | 1 << other
        bits[other] = bits.get(other, 0) | 1 << one
    return bits
