"""Stretches of time, solved again by `datetime`."""

import re
from datetime import datetime, timedelta

from skillprobe_core.benchmark.kinds.calculation.elapsed_time import KIND

CLOCK = r"(\d+:\d\d(?::\d\d)?)"


def moment(text):
    return datetime.strptime(text, "%H:%M:%S" if text.count(":") == 2 else "%H:%M")


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        total = timedelta()
        for begin, days, end, next_day in re.findall(
            rf"from {CLOCK}( on \w+)? to {CLOCK}( on the next day)?", item.prompt
        ):
            stretch = moment(end) + timedelta(days=bool(days or next_day)) - moment(begin)
            assert stretch > timedelta()
            total += stretch
        unit = timedelta(seconds=1) if "many seconds" in item.prompt else timedelta(minutes=1)
        assert str(total // unit) == item.answer, item.prompt
        assert not total % unit
