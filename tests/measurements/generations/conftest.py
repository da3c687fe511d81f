"""Tiny models of real classes, as in the tests of models."""

from tests.models.conftest import device, make_backend, tokenizer  # noqa: F401
