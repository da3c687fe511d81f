"""Overview of a run: its checkpoints over the steps, and the tables stored for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import polars as pl

from skillprobe_core.drawing.svg import COLOURS, QUIET, few, framed, label
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Table
from skillprobe_core.errors import StoreError

_LEFT, _TOP = 150, 42
_ROW = 15
_STATES = {"there": "stored", "missing": "missing", "older": "from an older version"}


def run_figure(store: Store, protocol: str | None, checkpoints: pl.DataFrame) -> tuple[str, str]:
    """SVG and its description: a column per step of one model's `checkpoints` rows, a row per table.

    A filled square is a table stored under the protocol of this digest, a hollow one a missing or damaged table, a
    crossed one a table written by an older version of skillprobe. The title gives number and size of the checkpoints
    and the time between two.
    """
    rows, tables = checkpoints.sort("step"), _shown()
    model, steps = str(rows["model"][0]), [int(step) for step in rows["step"]]
    width = max(8, min(34, 480 // len(steps)))
    parts = [label(4, 14, model, weight="bold"), label(4, 29, _in_words(rows))]
    for line, table in enumerate(tables):
        y = _TOP + line * _ROW
        parts.append(label(_LEFT - 10, y + 10, table.name.replace("_", " "), anchor="end"))
        for state in _STATES:
            at = [
                _LEFT + place * width
                for place, step in enumerate(steps)
                if _state(store, protocol, table, model, step) == state
            ]
            parts.append(_squares(at, y, min(width - 2, 11), state))
    bottom = _TOP + len(tables) * _ROW
    parts += [
        label(_LEFT + place * width + 5, bottom + 12, str(steps[place]), anchor="middle")
        for place in few(len(steps), max(1, len(steps) * width // 40))
    ]
    parts.append(label(_LEFT - 10, bottom + 12, "step", anchor="end"))
    for place, (state, words) in enumerate(_STATES.items()):
        parts.append(_squares([4.0 + place * 72], bottom + 22, 11, state))
        parts.append(label(20 + place * 72, bottom + 32, words))
    size = max(_LEFT + len(steps) * width + 16, 420)
    return framed(size, bottom + 40, "".join(parts)), f"the checkpoints of {model} and the tables stored for each"


def _shown() -> list[Table]:
    """The tables that every checkpoint has."""
    from skillprobe_core.measurements.table_registry import tables_of_checkpoints

    return [table for table in tables_of_checkpoints() if table.asset_name == table.name]


def _state(store: Store, protocol: str | None, table: Table, model: str, step: int) -> str:
    try:
        found = store.provenance(table, Partition.checkpoint(model, step, protocol))
    except StoreError:  # a damaged file of another step must not stop this checkpoint
        found = None
    return "missing" if found is None else "there" if found.table_version == table.version else "older"


def _squares(left: Sequence[float], y: float, side: float, state: str) -> str:
    if not left:
        return ""
    full = state == "there"
    outline = "".join(f"M{x:g},{y:g}h{side:g}v11h-{side:g}z" for x in left)
    drawn = f'<path d="{outline}" fill="{COLOURS[0] if full else "white"}" stroke="{COLOURS[0] if full else QUIET}"/>'
    if state == "older":
        strokes = "".join(f"M{x:g},{y:g}l{side:g},11" for x in left)
        drawn += f'<path d="{strokes}" stroke="{COLOURS[1]}" stroke-width="2"/>'
    return drawn


def _in_words(rows: pl.DataFrame) -> str:
    trained = rows.filter(pl.col("step") > 0)
    several = "only the base" if trained.is_empty() else f"{trained.height} after the base"
    text = f"{rows.height} checkpoint{'s' * (rows.height != 1)}, {several}"
    text += f", {_bytes(int(rows['weight_bytes'][-1]))} of weights each" if rows["weight_bytes"][-1] else ""
    written: list[datetime] = trained["written_at"].drop_nulls().to_list()
    between = [(later - earlier).total_seconds() for earlier, later in pairwise(written)]
    if between and min(between) > 0:
        text += f", one every {_duration(float(np.median(between)))}"
    return text


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def _duration(seconds: float) -> str:
    span = timedelta(seconds=round(seconds))
    if span < timedelta(minutes=2):
        return f"{span.seconds} s"
    return f"{seconds / 60:.0f} min" if span < timedelta(hours=2) else f"{seconds / 3600:.1f} h"
