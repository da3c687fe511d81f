"""The text of `python -m benchmarks gpu`: its table of stages, the sums and the comparison of the divergence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ._stage_meter import Measured

HEADER = (
    "stage", "seconds", "processor s", "fetched MB", "read calls MB", "host MiB", "device tensors MiB",
    "device in use MiB", "tokens", "tokens/s",
)  # fmt: skip
NOT_MEASURED = "-"
BEHAVIOUR, ELEMENTWISE, SPECTRA = (
    "landing to behavioural verdict",
    "with divergence and elementwise weights",
    "with spectra",
)


@dataclass(frozen=True, slots=True)
class StageCost:
    """A stage of one checkpoint and what it cost; `tokens` is the number of tokens that it generated or compared."""

    checkpoint: str
    stage: str
    cost: Measured
    tokens: int | None = None

    @property
    def tokens_per_second(self) -> float | None:
        """Tokens per second of the complete stage, loading included; None for a stage without tokens."""
        return self.tokens / self.cost.seconds if self.tokens and self.cost.seconds else None


def sums(stages: Sequence[StageCost], *, verdict: str, elementwise: Sequence[str]) -> dict[str, float]:
    """Seconds from the landing of a checkpoint to three results.

    Args:
        stages: The stages of one checkpoint, in the order in which they ran.
        verdict: The last stage of the behavioural verdict.
        elementwise: The stages of the divergence and of the elementwise measures.

    Returns:
        Seconds by name of the result.
    """
    names = [each.stage for each in stages]
    seconds = [each.cost.seconds for each in stages]
    return {
        BEHAVIOUR: sum(seconds[: names.index(verdict) + 1]),
        ELEMENTWISE: sum(seconds[: max(map(names.index, elementwise)) + 1]),
        SPECTRA: sum(seconds),
    }


def stage_tables(stages: Sequence[StageCost], titles: Mapping[str, str]) -> str:
    """One table per checkpoint, under its title."""
    parts = []
    for checkpoint in dict.fromkeys(each.checkpoint for each in stages):
        rows = [_cells(each) for each in stages if each.checkpoint == checkpoint]
        parts.append("\n".join([titles[checkpoint], *aligned([HEADER, *rows])]))
    return "\n\n".join(parts)


def sum_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Seconds to each result by checkpoint, and the checkpoints an hour at the last one's pace."""
    last = list(found)[-1]
    header = ("seconds", *found, f"checkpoints per hour ({last})")
    rows = [
        (name, *(f"{found[each][name]:,.2f}" for each in found), f"{3600 / found[last][name]:,.1f}")
        for name in found[last]
    ]
    return "\n".join(aligned([header, *rows]))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of text with columns of equal width: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _cells(each: StageCost) -> tuple[str, ...]:
    cost = each.cost
    sizes = [(cost.fetched, 1e6, ",.1f"), (cost.calls, 1e6, ",.1f")]
    sizes += [(size, 2**20, ",.0f") for size in (cost.host, cost.allocated, cost.used)]
    rate = each.tokens_per_second
    return (
        each.stage,
        f"{cost.seconds:,.2f}",
        f"{cost.processor:,.2f}",
        *(NOT_MEASURED if size is None else format(size / unit, form) for size, unit, form in sizes),
        "" if each.tokens is None else f"{each.tokens:,}",
        "" if rate is None else f"{rate:,.1f}",
    )
