"""Swapped balls, solved again backwards from the person asked about."""

import re

from skillprobe_core.benchmark.kinds.simulation.ball_swaps import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        owner = dict(re.findall(r"(\w+) has the (\w+) ball", item.prompt))
        holder = re.search(r"What colour is (?:the ball that )?(\w+?)(?:'s ball| has)", item.prompt)[1]
        listed = re.search(r"(?:one pair after the other|in this order): (.+?)\. What", item.prompt)
        pairs = r"(\w+) (?:and|with) (\w+)" if listed else r"(\w+) (?:and|trades with) (\w+)(?= swap|, then|\.)"
        swaps = re.findall(pairs, listed[1] if listed else item.prompt)
        for first, second in reversed(swaps):
            holder = {first: second, second: first}.get(holder, holder)
        assert owner[holder] == item.answer, item.prompt
        assert abs(item.chance - 1 / len(owner)) < 1e-12
