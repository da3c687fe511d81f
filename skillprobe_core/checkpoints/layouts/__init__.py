"""The on-disk layouts that are known. A new one is a file here and a line in `LAYOUTS`."""

from .hf_trainer import HFTrainer
from .layout import Found, Layout
from .peft_adapter import PeftAdapter
from .single import Single

LAYOUTS: tuple[Layout, ...] = (HFTrainer(), Single(), PeftAdapter())
"""Tried in this order: the first that holds a folder reads it."""

__all__ = ["LAYOUTS", "Found", "Layout"]
