"""Run a finite automaton on an input.

It needs simulation: each symbol is read in the state that the last one led to. The table is stated, there is no
arithmetic, nothing is recalled or judged, and no cases are searched. Levels raise the number of states, of symbols and
the length of the input. From level 6 on, every symbol permutes the states. Otherwise states would merge, and the
last symbols alone would decide.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, exactly, rungs, worked
from skillprobe_core.benchmark.ladder import LADDER

_STATES = {1: 3, 2: 3, 3: 4, 4: 5, 5: 7, **dict.fromkeys(range(LADDER, 12), 11)}
_SYMBOLS = {1: 2, 2: 2, 3: 2, 4: 3, 5: 3, **dict.fromkeys(range(LADDER, 12), 6)}
_LENGTH = {1: (2, 3), 2: (4, 6), 3: (7, 8), 4: (10, 12), 5: (18, 22), **exactly(rungs(51, 6))}
_NAMES = "PQRSTUVWXYZ"
_Table = dict[str, dict[str, str]]
_TEMPLATES = ("machine", "table")


def _table(names: str, symbols: str, rng: random.Random) -> _Table:
    """The next state by state and symbol; no state is left alone by all symbols."""
    table: _Table = {}
    for name in names:
        following = choices(rng, names, len(symbols))
        while set(following) == {name}:
            following = choices(rng, names, len(symbols))
        table[name] = dict(zip(symbols, following, strict=True))
    return table


def _permutations(names: str, symbols: str, rng: random.Random) -> _Table:
    """A table in which no symbol leads from two states to one."""
    columns = {symbol: rng.sample(names, len(names)) for symbol in symbols}
    return {name: {symbol: columns[symbol][place] for symbol in symbols} for place, name in enumerate(names)}


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a table, a start and an input."""
    names = _NAMES[: _STATES[level]]
    symbols = "abcdef"[: _SYMBOLS[level]]
    table = (_table if level < LADDER else _permutations)(names, symbols, rng)
    state = rng.choice(names)
    word = choices(rng, symbols, rng.randint(*_LENGTH[level]))
    rules = " ".join(f"{name}: {', '.join(f'{s} to {to}' for s, to in row.items())}." for name, row in table.items())
    spelled = ", ".join(word)
    template = rng.choice(_TEMPLATES)
    if template == "machine":
        prompt = (
            f"A machine changes its state depending on what it reads. {rules} It starts in {state} and "
            f"reads {spelled}. "
            "Which state is it in at the end?"
        )
    else:
        prompt = (
            f"A machine starts in state {state}. Input: {spelled}. Table of next states: {rules} In "
            "which state does it end?"
        )
    yield prompt
    steps = [state]
    states: list[str] = []
    for symbol in word:
        state = table[state][symbol]
        states.append(state)
        steps.append(f"{symbol}: {state}")
    return Draft(
        prompt=prompt,
        answer=state,
        reference=worked(steps, state),
        template=template,
        chance=1.1 / len(names),
        accepted=(f"state {state}",),
        evidence=tuple(states),
        steps=len(word),
    )


KIND = Kind(
    "state_machine", 2, Skill.SIMULATION, Domain.CODING, AnswerType.CHOICE, draft, levels=tuple(_LENGTH), order=3,
    grows="symbols of the input, up to 1,632",
)  # fmt: skip
