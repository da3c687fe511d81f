"""The loop: mutate inputs, keep those that take new branches, and collect what nobody should see."""

from __future__ import annotations

import random
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from skillprobe_core.errors import SkillprobeError

from .coverage import Branch, branches
from .mutation import mutated
from .targets import Target

SECONDS = 5.0
"""Processor seconds after which an input counts as one that hangs."""
_TRACED = 4
"""One of so many inputs is traced, which makes it about ten times slower."""


class TookTooLong(BaseException):
    """An input took more than the limit; nothing that reads it may catch this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that raised something else than a SkillprobeError, or took too long."""

    target: str
    data: bytes
    error: str
    where: str


@dataclass
class Result:
    """The outcome of fuzzing one target.

    kept: inputs that took branches which none before them took. slowest: processor seconds of the slowest input.
    """

    target: str
    inputs: int = 0
    kept: int = 0
    refused: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    branches: set[Branch] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def fuzz(target: Target, folder: Path, inputs: int, seed: int = 0) -> Result:
    """Feed a target mutated inputs.

    Args:
        target: The target.
        folder: An empty folder that it may write to.
        inputs: The number of inputs; the first ones are the target's seeds.
        seed: Of the random numbers: the same seed gives the same inputs.

    Returns:
        Counts, and each kind of finding once, by its type and place.
    """
    rng = random.Random(f"{target.name} {seed}")
    folder.mkdir(parents=True, exist_ok=True)
    seeds = target.prepare(folder)
    corpus, result, began = list(seeds), Result(target.name), time.process_time()
    known = set()
    for number in range(inputs):
        data = seeds[number] if number < len(seeds) else mutated(_chosen(corpus, rng), corpus, rng)
        traced = number < len(seeds) or number % _TRACED == 0
        recording: AbstractContextManager[set[Branch]] = branches() if traced else nullcontext(set())
        with recording as taken:
            finding = tried(target, folder, data, result)
        result.inputs += 1
        if finding is not None and (finding.error, finding.where) not in known:
            known.add((finding.error, finding.where))
            result.findings.append(finding)
        if not taken <= result.branches:
            result.branches |= taken
            if number >= len(seeds) and len(data) < 1 << 14:
                corpus.append(data)
                result.kept += 1
    result.seconds = time.process_time() - began
    return result


def tried(target: Target, folder: Path, data: bytes, result: Result) -> Finding | None:
    """Feed a target one input."""
    began = time.process_time()
    try:
        with _limited():
            target.read(data, folder)
    except SkillprobeError:
        result.refused += 1
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        inner = [frame for frame in frames if "/skillprobe_core/" in frame.filename] or frames
        where = f"{Path(inner[-1].filename).name}:{inner[-1].lineno}"
        return Finding(target.name, data, type(error).__name__, where)
    finally:
        result.slowest = max(result.slowest, time.process_time() - began)
    return None


def _chosen(corpus: list[bytes], rng: random.Random) -> bytes:
    """One of the corpus, late ones more often: they took branches that were new."""
    return corpus[max(rng.randrange(len(corpus)), rng.randrange(len(corpus)))]


@contextmanager
def _limited() -> Iterator[None]:
    def end(_: int, __: FrameType | None) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
