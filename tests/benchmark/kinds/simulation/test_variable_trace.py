"""Programs, solved again by running them."""

import re

from skillprobe_core.benchmark.kinds.simulation.variable_trace import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        lines = [line for line in item.prompt.splitlines() if re.match(r"[a-e](?:, [a-e])? = ", line)]
        values: dict[str, int] = {}
        exec("\n".join(lines), {}, values)
        assert ", ".join(str(values[name]) for name in sorted(values)) == item.answer, item.prompt
        asked = re.search(r"values of ([a-e, nd]+?) (?:at|after)", item.prompt)[1]
        assert re.findall(r"\b[a-e]\b", asked) == sorted(values)
