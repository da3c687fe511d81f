"""The supported on-disk layouts: those of this folder's files, and those of plugins."""

from skillprobe_core.plugins import Live, declared, extensions

from . import completeness
from .layout import Found, Layout

LAYOUTS: Live[Layout] = extensions(
    "layout",
    Layout,
    lambda: declared(__name__, Layout),
    names=lambda layout: (layout.name,),
    order=lambda layout: layout.order,
)
"""All of them read a root. Where two find the same step in it, the first in this order counts."""

__all__ = ["LAYOUTS", "Found", "Layout", "completeness"]
