"""Tests of change on tables of verdicts: pure functions."""
