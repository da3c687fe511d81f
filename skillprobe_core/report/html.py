"""The report: one HTML file that opens anywhere, without a network."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.pipeline.items import items_of_set
from skillprobe_core.store.parquet import Store
from skillprobe_core.store.tables.items import ITEMS
from skillprobe_core.store.tables.skill_scores import SKILL_SCORES

from .data import report_data

_PAGE = Path(__file__).with_name("page")


def write_report(store: Store, out: Path, models: Sequence[str] = (), item_set: str | None = None) -> Path:
    """Write the report on some models (all without) and one item set (the one stored last without) to `out`.

    Raises StoreError for a model that the store lacks or when nothing is scored yet, SettingsError without plotly.
    """
    known = store.models(SKILL_SCORES)
    sets = store.item_sets(ITEMS)
    if not known or not sets:
        raise StoreError(
            "nothing has been scored yet", remedy="run `skillprobe probe` or `skillprobe demo`", path=store.root
        )
    for model in models:
        if model not in known:
            raise StoreError(f"the store holds no model named {model!r}", remedy=f"use one of: {', '.join(known)}")
    data = report_data(store, list(models) or known, items_of_set(store, item_set or sets[-1]))
    data["versions"] = ", ".join(f"{name} {version(name)}" for name in ("skillprobe", "torch", "transformers"))
    page = (_PAGE / "page.html").read_text()
    # The data goes in last: text of a model must not be taken for a place to fill.
    parts = page.split("/*DATA*/")
    filled = [
        part.replace("/*STYLE*/", (_PAGE / "page.css").read_text())
        .replace("/*SCRIPT*/", (_PAGE / "page.js").read_text())
        .replace("/*PLOTLY*/", _plotly())
        for part in parts
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    temporary.write_text(_json(data).join(filled), encoding="utf-8")
    temporary.replace(out)
    return out


def _plotly() -> str:
    try:
        from plotly.offline import get_plotlyjs
    except ModuleNotFoundError as error:
        raise SettingsError(
            "the report needs plotly", remedy="install the extra: pip install 'skillprobe[report]'"
        ) from error
    script: str = get_plotlyjs()
    return script


def _json(data: dict[str, object]) -> str:
    """JSON that cannot end the script element it stands in; what is not a number is null."""
    return json.dumps(_plain(data), ensure_ascii=True).replace("</", "<\\/").replace("<!--", "<\\u0021--")


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value
