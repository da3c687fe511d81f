"""The supported on-disk layouts. To add one, add a file here and a line in `LAYOUTS`."""

from .hf_trainer import HFTrainer
from .layout import Found, Layout
from .peft_adapter import PeftAdapter
from .single import Single

LAYOUTS: tuple[Layout, ...] = (HFTrainer(), Single(), PeftAdapter())
"""Tried in this order: the first whose `holds` is true reads the folder."""

__all__ = ["LAYOUTS", "Found", "Layout"]
