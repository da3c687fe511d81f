"""skillprobe's core: items, checkpoints, inference, measurement and analysis. It does not import Dagster."""

__version__ = "0.1.0"
