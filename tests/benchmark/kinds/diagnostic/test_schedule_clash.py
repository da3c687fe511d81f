import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.schedule_clash import KIND

ENTRY = re.compile(r"(\d+)\. (\w+) ([\d:]+) to ([\d:]+)(?: in room ([A-C]))?\.")


def minutes(text):
    hour, _, minute = text.partition(":")
    return 60 * int(hour) + int(minute or 0)


def read(prompt):
    return [(int(n), minutes(begin), minutes(end), room) for n, _, begin, end, room in ENTRY.findall(prompt)]


def first_clash(entries):
    """Mark every minute of every room as taken; the first entry to find one taken clashes."""
    taken = {}
    for number, begin, end, room in entries:
        span = {(room, minute) for minute in range(begin, end)}
        rivals = {taken[minute] for minute in span & taken.keys()}
        if rivals:
            return number, rivals
        taken |= dict.fromkeys(span, number)
    return 0, set()


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_first_entry_that_finds_its_time_taken(level, drafts):
    for draft in drafts(KIND, level):
        entries = read(draft.prompt)
        assert [number for number, *_ in entries] == list(range(1, len(entries) + 1))
        assert all(begin < end for _, begin, end, _ in entries)
        number, rivals = first_clash(entries)
        assert int(draft.answer) == number, draft.prompt
        if number:
            assert minutes(draft.evidence[0]) in {entries[rival - 1][2] for rival in rivals}
        assert draft.chance == pytest.approx(1 / len(entries))


def test_timetables_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    lengths = [mean(len(entries) for entries in level) for level in drawn]
    rooms = [len({room for entries in level for *_, room in entries}) for level in drawn]
    assert lengths == sorted(set(lengths))
    assert rooms == [1, 1, 1, 2, 3]


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_first_takes_a_taken_time_at_the_answer(level, drafts):
    for draft in drafts(KIND, level, 5):
        entries = read(draft.prompt)
        number, _ = first_clash(entries)
        assert int(draft.answer) == number
        assert max(end for *_, end, _ in entries) <= 24 * 60
        rooms = [room for *_, room in entries[: number or len(entries)]]
        assert draft.steps == sum(rooms[:place].count(room) for place, room in enumerate(rooms))
