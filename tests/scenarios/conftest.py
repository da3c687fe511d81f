"""Copies of models with moved weights, as in the tests of divergence."""

from tests.measurements.divergence.conftest import moved  # noqa: F401
