"""Tiny models of real classes, as in the tests of models, and short prompts."""

import polars as pl
import pytest

from tests.models.conftest import device, make_backend, tokenizer  # noqa: F401


@pytest.fixture
def items():
    prompts = [f"What is {n} + {n * 7}?" + " Think." * (n % 4) for n in range(20)]
    return pl.DataFrame({"item_id": [f"{n * 37 % 20:04d}" for n in range(20)], "prompt": prompts})


@pytest.fixture(scope="module")
def backend(make_backend):  # noqa: F811
    return make_backend("Qwen2", batch_rows=8)
