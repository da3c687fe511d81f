"""Fixtures of single packages that scenarios over several of them also use."""

from tests.dagster.conftest import instance, place  # noqa: F401
from tests.measurements.divergence.conftest import moved  # noqa: F401
