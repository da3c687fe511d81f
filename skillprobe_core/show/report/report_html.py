"""The report: one self-contained HTML file that needs no network."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from plotly.offline import get_plotlyjs

from skillprobe_core.engine.store import Store
from skillprobe_core.machine.unfinished_files import replace_text
from skillprobe_core.measurements.profile_tests.collapse_settings import COLLAPSE_MARGIN
from skillprobe_core.measurements.protocols.evaluation_protocol import Record, current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_settings import StudySettings
from skillprobe_core.measurements.study.study_subject import find_study
from skillprobe_core.visible import visible_lines

from .report_data import report_data

_PAGE = Path(__file__).with_name("page")
_SCRIPTS = ("frame.js", "figures.js", "tables.js", "page.js")
_PACKAGES = ("skillprobe", "torch", "transformers", "numpy", "scipy", "polars")


def write_report(
    store: Store,
    out: Path,
    models: Sequence[str] = (),
    protocol: Record | None = None,
    targets: Sequence[str] = StudySettings().targets,
    margin: float = COLLAPSE_MARGIN,
) -> Path:
    """Write the report on some models (default: all) under one protocol (default: the first of the store) to `out`.

    targets: what was trained on, as in the settings' [study]. margin: the drop that a collapse must exceed, as in
    [tests]. The study is read from the store if it is up to date, and computed otherwise. Raises StoreError for an
    unknown model or when nothing has been judged yet, SettingsError for a target that matches no cell.
    """
    protocol = protocol or current_protocol(store)
    items = judged_items(store, protocol.protocol)
    data = report_data(store, protocol, find_study(store, protocol.protocol, models, items, targets, margin), items)
    data["versions"] = _versions()
    data["written"] = datetime.now(UTC)
    page = (_PAGE / "page.html").read_text()
    # The data goes in last: a model's text must not be mistaken for a placeholder.
    parts = page.split("/*DATA*/")
    filled = [
        part.replace("/*STYLE*/", (_PAGE / "page.css").read_text())
        .replace("/*SCRIPT*/", "".join((_PAGE / name).read_text() for name in _SCRIPTS))
        .replace("/*PLOTLY*/", get_plotlyjs())
        for part in parts
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    replace_text(out, _json(data).join(filled))
    return out


def _json(data: dict[str, object]) -> str:
    """JSON that cannot close its script element; NaN and infinity become null.

    Characters that a browser would hide or act on become visible.
    """
    return json.dumps(_plain(data), ensure_ascii=True).replace("</", "<\\/").replace("<!--", "<\\u0021--")


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return visible_lines(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value


def _versions() -> str:
    """Installed versions of the packages that results depend on; those that reading does without may be missing."""
    found = []
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return ", ".join(found)
