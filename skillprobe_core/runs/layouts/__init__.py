"""The supported on-disk layouts. To add one, add a file here and a line in `LAYOUTS`."""

from . import completeness
from .hf_trainer import HFTrainer
from .layout import Found, Layout
from .peft_adapter import PeftAdapter
from .prime_rl import PrimeRL
from .single_folder import Single
from .verl import Verl

LAYOUTS: tuple[Layout, ...] = (
    HFTrainer(),
    Verl(),
    PrimeRL(),
    Single(),
    PeftAdapter(),
)
"""All of them read a root. Where two find the same step in it, the first in this order counts."""

__all__ = ["LAYOUTS", "Found", "Layout", "completeness"]
