"""Long computations that stop for more urgent work and go on later where they stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


class GaveWay(BaseException):
    """Raised from a computation that stops for more urgent work; not an error, so no handler of errors keeps it."""


@dataclass(frozen=True, eq=False)
class GivingWay:
    """The computations that give way.

    waits: true if more urgent work waits. kept: results of those that gave way, by name.
    """

    waits: Callable[[], bool]
    kept: dict[str, list[Any]] = field(default_factory=dict)

    def go_on(
        self, name: str, jobs: Sequence[Job], run: Callable[[Sequence[Job]], Iterator[Result]]
    ) -> Iterator[Result]:
        """The results of jobs in order, those that were kept first.

        Args:
            name: A name of the computation and of all its inputs.
            jobs: The jobs, the same ones each time.
            run: Gives the results of some of the jobs, in order.

        Yields:
            Each result.

        Raises:
            GaveWay: More urgent work waits, and a job was finished since the computation began or went on.
        """
        done = self.kept.setdefault(name, [])
        yield from list(done)
        results = run(jobs[len(done) :])
        try:
            for result in results:
                done.append(result)
                yield result
                if len(done) < len(jobs) and self.waits():
                    raise GaveWay
        finally:
            if isinstance(results, Generator):
                results.close()  # its threads end before the more urgent work begins
        self.kept.pop(name, None)
