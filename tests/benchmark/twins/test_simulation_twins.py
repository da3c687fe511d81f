"""Simulations from an unknown state: the ends of two restored ones differ."""

import re

from skillprobe_core.benchmark.twins import simulation_twins as twins
from tests.benchmark.kinds.simulation.test_strand_edits import EDITS


def number(prompt):
    change = {}
    for low, high, verb, amount in re.findall(r"(\d) (?:to|or) (\d), (add|subtract) (\d+)", prompt):
        change |= dict.fromkeys(range(int(low), int(high) + 1), int(amount) * (1 if verb == "add" else -1))
    value = int(re.search(r"(?:Start with|starting with) (\d+)", prompt)[1])
    for _ in range(int(re.search(r"(\d+) (?:steps|times)", prompt)[1])):
        value += change[value % 10]
    return str(value)


def row(prompt):
    values = re.search(r"row ((?:\d+, )+\d+)", prompt)[1].split(", ")
    for a, b in re.findall(r"positions (\d+) and (\d+)", prompt):
        values[int(a) - 1], values[int(b) - 1] = values[int(b) - 1], values[int(a) - 1]
    return ", ".join(values)


def strand(prompt):
    bases = re.search(r"strand(?: is)? ((?:[ACGT], )+[ACGT])\.", prompt)[1].replace(", ", "")
    phrases = re.search(r"(?:In order,|these steps:) (.+?)\. (?:Give|What)", prompt)[1]
    for phrase in re.split(r"; |, then ", phrases):
        ((found, edit),) = [(m, edit) for pattern, edit in EDITS if (m := re.fullmatch(pattern, phrase))]
        bases = edit(bases, *found.groups())
    return ", ".join(bases)


def ball(prompt):
    owner = dict(re.findall(r"(\w+) has the (\w+) ball", prompt))
    holder = re.search(r"What colour is (?:the ball that )?(\w+?)(?:'s ball| has)", prompt)[1]
    for first, second in reversed(re.findall(r"(\w+) (?:and|trades with) (\w+)(?= swap|, then|\.)", prompt)):
        holder = {first: second, second: first}.get(holder, holder)
    return owner[holder]


def test_a_rule_from_an_unknown_number(proved):
    assert proved(twins.ITERATED_RULE, number) == 1


def test_swaps_in_an_unknown_row(proved):
    assert proved(twins.ROW_SWAPS, row) == 1


def test_edits_of_an_unknown_strand(proved):
    assert proved(twins.STRAND_EDITS, strand) == 1


def test_a_ball_of_unknown_colour(proved):
    assert proved(twins.BALL_SWAPS, ball) == 1
