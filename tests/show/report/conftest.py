"""Verdicts of four cells, as in the tests of measurements."""

from tests.measurements.conftest import answered, items  # noqa: F401
