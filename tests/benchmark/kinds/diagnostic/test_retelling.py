import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.retelling import KIND, NOTES, others

# Sentences about two people or a number as a truth value over small situations; each is written on its own.
WORLDS = [dict(zip("pqrs", values, strict=True)) for values in itertools.product(range(4), range(4), (2, 3, 4), (0, 1))]


def situations(sentence):
    """The situations in which a sentence holds.

    p and q belong to Ana and Ben: ages, times, places from left to right, books, whether they come, work, know or pass.
    r counts guests, chairs or how many of 4 things are so; s is whether others do it, or whether there is music.
    """
    ((holds, match),) = [(f, m) for pattern, f in SENTENCES.items() if (m := re.fullmatch(pattern, sentence))]
    return [world for world in WORLDS if holds(world, *match.groups())]


def of(name):
    return {"Ana": "p", "Ben": "q"}[name]


def both(one, other):
    return lambda w, a, b: one(w[of(a)]) and other(w[of(b)])


MUSIC = {True: "with", False: "without"}
SENTENCES = {
    r"(\w+) is older than (\w+)\.": lambda w, a, b: w[of(a)] > w[of(b)],
    r"(\w+) is younger than (\w+)\.": lambda w, a, b: w[of(a)] < w[of(b)],
    r"(\w+) arrived before (\w+)\.": lambda w, a, b: w[of(a)] < w[of(b)],
    r"(\w+) arrived after (\w+)\.": lambda w, a, b: w[of(a)] > w[of(b)],
    r"(\w+) sat to the left of (\w+)\.": lambda w, a, b: w[of(a)] < w[of(b)],
    r"(\w+) sat to the right of (\w+)\.": lambda w, a, b: w[of(a)] > w[of(b)],
    # Who gives: p is Ana, q is Ben; the giver has more of it.
    r"(\w+) paid (\w+) 3 coins\.": lambda w, a, b: w[of(a)] > w[of(b)],
    r"(\w+) received 3 coins from (\w+)\.": lambda w, a, b: w[of(b)] > w[of(a)],
    r"(\w+) lent (\w+) a pen\.": lambda w, a, b: w[of(a)] > w[of(b)],
    r"(\w+) borrowed a pen from (\w+)\.": lambda w, a, b: w[of(b)] > w[of(a)],
    r"(\w+) taught (\w+) to swim\.": lambda w, a, b: w[of(a)] > w[of(b)],
    r"(\w+) learned to swim from (\w+)\.": lambda w, a, b: w[of(b)] > w[of(a)],
    r"The bus left 3 minutes (late|after the planned time|before the planned time)\.": (
        lambda w, when: w["p"] - w["q"] == (-3 if "before" in when else 3)
    ),
    r"(\w+) has twice as many books as (\w+)\.": lambda w, a, b: 0 < w[of(a)] == 2 * w[of(b)],
    r"(\w+) has half as many books as (\w+)\.": lambda w, a, b: 0 < 2 * w[of(a)] == w[of(b)],
    # p is whether the shop is open on that day, q whether on the other days.
    r"The shop is closed on \w+s only\.": lambda w: not w["p"] and w["q"],
    r"The shop is open on \w+s only\.": lambda w: w["p"] and not w["q"],
    r"The shop is open every day but \w+\.": lambda w: not w["p"] and w["q"],
    r"The shop is closed every day but \w+\.": lambda w: w["p"] and not w["q"],
    r"At least 3 guests came\.|The number of guests was 3 or more\.|At least 3 guests stayed\.": lambda w: w["r"] >= 3,
    r"More than 3 guests came\.": lambda w: w["r"] > 3,
    r"The number of guests was 3 or less\.|At most 3 guests stayed\.|No more than 3 guests stayed\.": (
        lambda w: w["r"] <= 3
    ),
    r"Fewer than 3 guests stayed\.": lambda w: w["r"] < 3,
    # r chairs are free; another number of chairs is taken.
    r"All but 3 chairs were taken\.|Exactly 3 chairs were free\.": lambda w: w["r"] == 3,
    r"Exactly 3 chairs were taken\.": lambda w: w["p"] == 3,
    r"At least 3 chairs were free\.": lambda w: w["r"] >= 3,
    r"Only (\w+) passed the test\.|(\w+) passed the test, and nobody else did\.": (
        lambda w, a, b: w[of(a or b)] and not w["s"]
    ),
    r"Everybody except (\w+) passed the test\.": lambda w, a: not w[of(a)] and w["s"],
    r"(\w+) passed the test, and so did others\.": lambda w, a: w[of(a)] and w["s"],
    r"Nobody except (\w+) and (\w+) knew the code\.|The code was known to (\w+) and (\w+) alone\.": (
        lambda w, *_: w["p"] and w["q"] and not w["s"]
    ),
    r"Everybody except (\w+) and (\w+) knew the code\.": lambda w, a, b: not w["p"] and not w["q"] and w["s"],
    r"The code was known to either (\w+) or (\w+), but not to both\.": lambda w, a, b: bool(w["p"]) != bool(w["q"]),
    # p of 3 windows are shut; p of 3 lamps are lit.
    r"Every window was shut\.|No window was open\.": lambda w: w["p"] == 3,
    r"Every window was open\.": lambda w: w["p"] == 0,
    r"Not every window was open\.": lambda w: w["p"] > 0,
    r"Some windows were shut, others were not\.": lambda w: 0 < w["p"] < 3,
    r"Not every lamp was lit\.|At least one lamp was not lit\.": lambda w: w["p"] < 3,
    r"Every lamp was lit\.": lambda w: w["p"] == 3,
    r"No lamp was lit\.": lambda w: w["p"] == 0,
    r"At least one lamp was lit\.": lambda w: w["p"] > 0,
    r"Neither (\w+) nor (\w+) came\.|(\w+) and (\w+) both stayed away\.": lambda w, *_: not w["p"] and not w["q"],
    r"(\w+) and (\w+) both came\.": lambda w, a, b: w["p"] and w["q"],
    r"(\w+) and (\w+) did not both come\.": lambda w, a, b: not (w["p"] and w["q"]),
    r"(\w+) never works without music\.|Whenever (\w+) works, there is music\.": lambda w, *_: not w["p"] or w["s"],
    r"(\w+) never works with music\.": lambda w, a: not (w["p"] and w["s"]),
    r"Whenever there is music, (\w+) works\.": lambda w, a: not w["s"] or w["p"],
    r"(\w+) comes only if (\w+) comes\.": lambda w, a, b: not w[of(a)] or w[of(b)],
    r"If (\w+) does not come, (\w+) does not come\.": lambda w, a, b: w[of(a)] or not w[of(b)],
    r"(\w+) comes only if (\w+) does not come\.": lambda w, a, b: not w[of(a)] or not w[of(b)],
    r"If (\w+) comes, (\w+) comes\.": lambda w, a, b: not w[of(a)] or w[of(b)],
    # s is rain, p whether the event takes place.
    r"If it rains, the \w+ is called off\.|The \w+ takes place only if it does not rain\.": (
        lambda w: not w["s"] or not w["p"]
    ),
    r"If it rains, the \w+ takes place\.": lambda w: not w["s"] or w["p"],
    r"If it does not rain, the \w+ takes place\.": lambda w: w["s"] or w["p"],
    # One person: p is whether he ate, q whether he fell ill.
    r"Everyone who ate the \w+ fell ill\.|Nobody ate the \w+ without falling ill\.": lambda w: not w["p"] or w["q"],
    r"Nobody who ate the \w+ fell ill\.": lambda w: not (w["p"] and w["q"]),
    r"Everyone who fell ill had eaten the \w+\.": lambda w: not w["q"] or w["p"],
    # Two members were at p and q of 3 meetings.
    r"No member missed every meeting\.|Every member was at one meeting or more\.": lambda w: w["p"] > 0 and w["q"] > 0,
    r"No member was at any meeting\.": lambda w: w["p"] == 0 and w["q"] == 0,
    r"No member missed any meeting\.": lambda w: w["p"] == 3 and w["q"] == 3,
}  # fmt: skip
NAMES = {"a": "Ana", "b": "Ben", "n": "3", "thing": "pen", "food": "soup", "game": "race", "day": "Monday"}


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.note)
def test_a_retelling_holds_in_the_same_situations_and_a_changed_one_does_not(note):
    meant = situations(note.note.format(**NAMES))
    assert meant
    assert all(situations(text.format(**NAMES)) == meant for text in note.same)
    assert not any(situations(text.format(**NAMES)) == meant for _, text in note.other)


def known(sentence):
    """The template of a note or retelling, by its words apart from names and numbers."""
    for note in NOTES:
        for place, text in enumerate((note.note, *note.same, *(text for _, text in note.other))):
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>\\w+?)", re.escape(text), count=0)
            names = []
            pattern = re.sub(
                r"\(\?P<(\w+)>",
                lambda m, names=names: "(?P=" + m[1] + ")(?:" if m[1] in names else names.append(m[1]) or m[0],
                pattern,
            )
            match = re.fullmatch(pattern, sentence)
            if match:
                yield note, place, match.groupdict()


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_one_retelling_of_another_meaning(level, drafts):
    for draft in drafts(KIND, level, 40):
        pairs = re.findall(r"\(\d+\) ([^>]+?) -> (.+?\.)(?= |$)", draft.prompt)
        wrong = []
        for number, (meant, said) in enumerate(pairs, start=1):
            names = {name: value for note, place, found in known(meant) if place == 0 for name, value in found.items()}
            same = [text.format(**NAMES | names) for note, place, _ in known(meant) if place == 0 for text in note.same]
            wrong += [number] if said not in same else []
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else []), draft.prompt
        assert draft.chance == pytest.approx(1 / (len(pairs) + 1))


def test_notes_grow_and_changes_get_harder_with_the_level(drafts):
    counts = [mean(draft.prompt.count(" -> ") for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]]
    assert counts == sorted(set(counts))
    plain = {text for note in NOTES for text in others(note, 1)}
    assert not plain & {text for note in NOTES for text in others(note, 5)}


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


def said_again(meant, said):
    """True if a retelling says what a note says, by the situations that both are made from."""
    return any(
        said == text.format(**NAMES | names) for note, place, names in known(meant) if place == 0 for text in note.same
    )


@pytest.mark.parametrize("level", [KIND.levels[5], KIND.levels[-1]])
def test_the_ladder_changes_one_retelling(level, drafts):
    for draft in drafts(KIND, level, 6 if level == KIND.levels[5] else 1):
        pairs = re.findall(r"\(\d+\) ([^>]+?) -> (.+?\.)(?= |$)", draft.prompt)
        wrong = [number for number, pair in enumerate(pairs, start=1) if not said_again(*pair)]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else [])
