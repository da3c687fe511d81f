"""The battery of a module: every check of every kind and level, with what is wrong."""

from pathlib import Path

from skillprobe_core.benchmark.battery.battery_checks import CHECKS
from skillprobe_core.benchmark.battery.battery_report import run_battery
from skillprobe_core.benchmark.battery.kind_modules import kinds_of

KIND = """
import random
from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill


def draft(level: int, rng: random.Random) -> Draft:
    numbers = [rng.randint(10, 99) for _ in range(level + 1)]
    prompt = "Add " + " and ".join(map(str, numbers)) + "." + {extra}
    steps = " + ".join(map(str, numbers))
    return Draft(prompt, str(sum(numbers)), f"{{steps}}\\nAnswer: {{sum(numbers)}}", "add", 1 / 90)


KIND = Kind("{name}", 1, Skill.CALCULATION, Domain.MATH, AnswerType.INTEGER, draft, levels=(1, 2))
"""


def failed(folder: Path, name: str, extra: str = "''") -> tuple[set[tuple[str, int]], set[str]]:
    """The (check, level) pairs that were run, and the checks that found a problem."""
    file = folder / "kind.py"
    file.write_text(KIND.format(name=name, extra=extra))
    outcomes = list(run_battery(str(file), kinds_of(str(file)), count=4))
    assert {outcome.kind for outcome in outcomes} == {name}
    return {(each.check, each.level) for each in outcomes}, {each.check for each in outcomes if each.problems}


def test_a_sound_kind_passes_every_check_at_every_level(tmp_path: Path) -> None:
    run, problems = failed(tmp_path, "own_sum")
    of_levels = {(check.__name__, level) for check in CHECKS for level in (1, 2)}
    assert run == of_levels | {("name_is_free", 0), ("same_everywhere", 0), ("levels_climb", 0), ("steps_double", 0)}
    assert problems == set()


def test_a_name_of_the_benchmark_and_draws_that_follow_the_hash_seed_are_found(tmp_path: Path) -> None:
    _, problems = failed(tmp_path, "column_sum", "' '.join({'red', 'green', 'blue', 'black'})")
    assert {"name_is_free", "same_everywhere"} <= problems
