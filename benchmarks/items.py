"""Building items and checking completions, kind by kind, compared with reasoning-gym's generators and math-verify.

All times are processor seconds of one thread. Items are built as for item sets (each prompt's split decided by its
hash), evenly over all kinds and levels; completions are checked as for verdicts (extraction, comparison, evidence), and
half of them are correct. reasoning-gym (extra `gym`) and math-verify (extra `math`) run in the same process, in turn
with ours, best of three, on comparable sets and on identical completions; if one is not installed, its figures are left
out with a message. An item of ours does more than one of reasoning-gym's: it belongs to a split and has a worked
solution.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, TypeVar

from skillprobe_core.benchmark.item_schema import Item, Kind, Split
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kind_registry import KINDS, kind_named
from skillprobe_core.benchmark.splits import draw

T = TypeVar("T")
TOTAL = 100_000
PEER_ITEMS = 1_000
RUNS = 3
# reasoning-gym's sets with the same task as one of our kinds
ALIKE = {
    "column_sum": "chain_sum",
    "linear_equation": "simple_equations",
    "fraction_sum": "basic_arithmetic",
    "base_conversion": "base_conversion",
    "elapsed_time": "time_intervals",
    "cell_rows": "game_of_life",
}


def main(arguments: list[str] | None = None) -> None:
    """Print one JSON line per kind, then the totals and the comparisons with peers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=TOTAL, help="number of items and completions over all kinds")
    total = parser.parse_args(arguments).items
    each = max(total // len(KINDS), 1)
    seconds = dict.fromkeys(("train", "evaluation", "check"), 0.0)
    for kind in KINDS:
        train, items = timed(lambda kind=kind: list(built(kind, each, Split.TRAIN)))
        evaluation, _ = timed(lambda kind=kind: list(built(kind, each, Split.EVALUATION)))
        checking = check_seconds(items)
        for name, spent in (("train", train), ("evaluation", evaluation), ("check", checking)):
            seconds[name] += spent
        emit(
            f"kind/{kind.name}",
            "items/s built, training split",
            each / train,
            evaluation_items_per_second=round(each / evaluation),
            completions_checked_per_second=round(each / checking),
        )
    count = each * len(KINDS)
    for name, what in (("train", "built"), ("evaluation", "built"), ("check", "completions checked")):
        emit(
            f"{name}_seconds", f"processor seconds for {count} {what}", seconds[name], rate=round(count / seconds[name])
        )
    if find_spec("reasoning_gym"):
        against_reasoning_gym()
    else:
        print("reasoning-gym is not installed (extra `gym`): its figures are left out", file=sys.stderr)
    if find_spec("math_verify"):
        against_math_verify()
    else:
        print("math-verify is not installed (extra `math`): its figures are left out", file=sys.stderr)


def built(kind: Kind, count: int, split: Split) -> Iterator[Item]:
    """`count` items, the levels in turn."""
    for index in range(count):
        item = draw(kind, kind.levels[index % len(kind.levels)], split, 3, index)
        if item is not None:
            yield item


def completions(items: list[Item]) -> list[tuple[Item, str]]:
    """A worked completion for each item, every second one with a wrong answer."""
    return [
        (item, item.reference if place % 2 else f"{item.reference}\nNo, wait.\nAnswer: 7{item.answer}")
        for place, item in enumerate(items)
    ]


def check_seconds(items: list[Item]) -> float:
    """Processor seconds to judge one completion of each item."""
    texts = completions(items)
    spent, verdicts = timed(lambda: [judge(item, text).verdict for item, text in texts])
    if verdicts[1::2].count(Verdict.CORRECT) != len(verdicts[1::2]):
        raise AssertionError("a reference was not judged correct")
    return spent


def against_reasoning_gym() -> None:
    """Items built per second, ours (both splits) and theirs, on comparable sets."""
    import reasoning_gym

    for ours, theirs in ALIKE.items():
        kind = kind_named(ours)
        data = reasoning_gym.create_dataset(theirs, size=PEER_ITEMS, seed=3)
        (spent, held_out, peer), _ = in_turn(
            lambda kind=kind: list(built(kind, PEER_ITEMS, Split.TRAIN)),
            lambda kind=kind: list(built(kind, PEER_ITEMS, Split.EVALUATION)),
            lambda data=data: [data[place] for place in range(PEER_ITEMS)],
        )
        emit(
            f"vs_reasoning_gym/{ours}",
            "items/s built, training split",
            PEER_ITEMS / spent,
            peer=f"reasoning-gym {version('reasoning-gym')} {theirs}",
            peer_figure=round(PEER_ITEMS / peer),
            ratio=round(peer / spent, 2),
            evaluation_ratio=round(peer / held_out, 2),
            runs=RUNS,
        )


def against_math_verify() -> None:
    """Completions checked per second, on identical ones."""
    from math_verify import parse, verify

    def peer_right(answer: str, text: str) -> bool:
        return bool(verify(parse(f"${answer}$", parsing_timeout=0), parse(text, parsing_timeout=0), timeout_seconds=0))

    for name in ("column_sum", "fraction_sum", "linear_equation"):
        texts = completions(list(built(kind_named(name), PEER_ITEMS, Split.TRAIN)))
        boxed = [(item, text.replace(f"Answer: {item.answer}", f"$\\boxed{{{item.answer}}}$")) for item, text in texts]
        (spent, peer), (ours, theirs) = in_turn(
            lambda boxed=boxed: [judge(item, text).verdict is Verdict.CORRECT for item, text in boxed],
            lambda boxed=boxed: [peer_right(item.answer, text) for item, text in boxed],
        )
        emit(
            f"vs_math_verify/{name}",
            "completions checked/s",
            len(boxed) / spent,
            peer=f"math-verify {version('math-verify')}",
            peer_figure=round(len(boxed) / peer),
            ratio=round(peer / spent, 1),
            verdicts_that_differ=sum(a != b for a, b in zip(ours, theirs, strict=True)),
            runs=RUNS,
        )


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of a function, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def in_turn(*works: Callable[[], Any]) -> tuple[list[float], list[Any]]:
    """The least processor seconds of each function, all of them in turn in every run, and their results."""
    runs = [[timed(work) for work in works] for _ in range(RUNS)]
    return [min(spent for spent, _ in each) for each in zip(*runs, strict=True)], [result for _, result in runs[-1]]


def emit(name: str, unit: str, ours: float, **more: object) -> None:
    """Print one JSON line."""
    row = {"name": name, "unit": unit, "ours": round(ours, 2), "threads": 1, "runs": 1, **more}
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
