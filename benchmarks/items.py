"""Building items and checking completions, kind by kind, compared with reasoning-gym's generators and math-verify.

All times are processor seconds of one thread. Items are built as for item sets (each prompt's split decided by its
hash), evenly over all kinds and their levels 1 to 5. Completions are checked as for verdicts (extraction, comparison,
evidence), and half of them are correct. reasoning-gym and math-verify run in environments of their own (`make
bench-peers`), in turn with skillprobe, best of three, on comparable sets and on identical completions. An item of
skillprobe contains more than one of reasoning-gym's: it belongs to a split and has a worked solution.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from skillprobe_core import __version__
from skillprobe_core.benchmark.item_schema import Item, Kind, Split
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from skillprobe_core.benchmark.kind_registry import KINDS, kind_named
from skillprobe_core.benchmark.ladder import LADDER
from skillprobe_core.benchmark.splits import draw

from ._figure import emit, emit_missing, row
from ._peer_process import PeerProcess
from .environments import MissingError

T = TypeVar("T")
TOTAL = 100_000
PEER_ITEMS = 1_000
RUNS = 3
# kind: reasoning-gym's set with the same task
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
    parser = argparse.ArgumentParser(prog="python -m benchmarks items", description=__doc__)
    parser.add_argument("--items", type=int, default=TOTAL, help="number of items and completions over all kinds")
    total = parser.parse_args(arguments).items
    each = max(total // len(KINDS), 1)
    seconds = dict.fromkeys(("train", "evaluation", "check"), 0.0)
    for kind in KINDS:
        train, items = timed(partial(build, kind, each, Split.TRAIN))
        evaluation, _ = timed(partial(build, kind, each, Split.EVALUATION))
        checking = check_seconds(items)
        for name, spent in (("train", train), ("evaluation", evaluation), ("check", checking)):
            seconds[name] += spent
        figure(
            f"kind/{kind.name}",
            "items/s built, training split",
            each / train,
            evaluation_items_per_second=round(each / evaluation),
            completions_checked_per_second=round(each / checking),
        )
    count = each * len(KINDS)
    for name, what in (("train", "built"), ("evaluation", "built"), ("check", "completions checked")):
        figure(f"{name}_seconds", f"processor s for {count} {what}", seconds[name], rate=round(count / seconds[name]))
    for environment, compare in (("reasoning-gym", against_reasoning_gym), ("math-verify", against_math_verify)):
        try:
            with PeerProcess(environment, f"{environment.replace('-', '_')}_worker") as peer:
                compare(peer)
        except MissingError as error:
            emit_missing(compare.__name__.replace("against", "vs"), environment, error)


def built(kind: Kind, count: int, split: Split) -> Iterator[Item]:
    """`count` items, the levels in turn, without those whose questions double from level to level."""
    levels = [level for level in kind.levels if level < LADDER]
    for index in range(count):
        item = draw(kind, levels[index % len(levels)], split, 3, index)
        if item is not None:
            yield item


def build(kind: Kind, count: int, split: Split) -> list[Item]:
    """The items of `built` as a list."""
    return list(built(kind, count, split))


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


def against_reasoning_gym(peer: PeerProcess) -> None:
    """Items built per second, skillprobe's (both splits) and reasoning-gym's, on comparable sets."""
    for name, peer_set in ALIKE.items():
        kind = kind_named(name)
        (spent, held_out, peer_spent), _ = in_turn(
            partial(timed, partial(build, kind, PEER_ITEMS, Split.TRAIN)),
            partial(timed, partial(build, kind, PEER_ITEMS, Split.EVALUATION)),
            partial(reasoning_gym_items, peer, peer_set),
        )
        figure(
            f"vs_reasoning_gym/{name}",
            "items/s built, training split",
            PEER_ITEMS / spent,
            peer=f"reasoning-gym {peer_set}",
            peer_figure=PEER_ITEMS / peer_spent,
            ratio=peer_spent / spent,
            runs=RUNS,
            versions=peer.versions,
            evaluation_ratio=peer_spent / held_out,
        )


def reasoning_gym_items(peer: PeerProcess, name: str) -> tuple[float, None]:
    """Processor seconds of reasoning-gym for the items of one of its sets."""
    return peer.ask(set=name, size=PEER_ITEMS)["seconds"], None


def against_math_verify(peer: PeerProcess) -> None:
    """Completions checked per second, on identical ones."""
    for name in ("column_sum", "fraction_sum", "linear_equation"):
        texts = completions(build(kind_named(name), PEER_ITEMS, Split.TRAIN))
        boxed = [(item, text.replace(f"Answer: {item.answer}", f"$\\boxed{{{item.answer}}}$")) for item, text in texts]
        (spent, peer_spent), (right, peer_right) = in_turn(
            partial(timed, partial(judged_right, boxed)), partial(math_verify_right, peer, boxed)
        )
        figure(
            f"vs_math_verify/{name}",
            "completions checked/s",
            len(boxed) / spent,
            peer="math-verify",
            peer_figure=len(boxed) / peer_spent,
            ratio=peer_spent / spent,
            runs=RUNS,
            versions=peer.versions,
            verdicts_that_differ=sum(a != b for a, b in zip(right, peer_right, strict=True)),
        )


def judged_right(completed: list[tuple[Item, str]]) -> list[bool]:
    """skillprobe's verdicts."""
    return [judge(item, text).verdict is Verdict.CORRECT for item, text in completed]


def math_verify_right(peer: PeerProcess, completed: list[tuple[Item, str]]) -> tuple[float, list[bool]]:
    """Processor seconds of math-verify, and its verdicts."""
    answer = peer.ask(completions=[(item.answer, text) for item, text in completed])
    return answer["seconds"], answer["right"]


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of a function, and its result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def in_turn(*works: Callable[[], tuple[float, Any]]) -> tuple[list[float], list[Any]]:
    """The least of the processor seconds that each function returns, all in turn in every run, and their results."""
    runs = [[work() for work in works] for _ in range(RUNS)]
    return [min(spent for spent, _ in each) for each in zip(*runs, strict=True)], [result for _, result in runs[-1]]


def figure(name: str, unit: str, skillprobe: float, *, runs: int = 1, **more: Any) -> None:  # noqa: ANN401
    """Print one JSON line."""
    more["versions"] = {"skillprobe": __version__, "Python": platform.python_version()} | more.get("versions", {})
    emit(row(name, unit=unit, skillprobe=skillprobe, threads=1, runs=runs, **more))


if __name__ == "__main__":
    main()
