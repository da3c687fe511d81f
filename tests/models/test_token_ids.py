"""Every id that a model is given has a row in its embedding, or the token is named."""

import json
import re
import shutil
from pathlib import Path

import pytest

from skillprobe_core.errors import CheckpointError
from skillprobe_core.models.token_ids import check_token_ids, embedding_rows
from skillprobe_core.models.tokenizer_loading import load_tokenizer


@pytest.fixture
def with_more_tokens(tiny_base: Path, tmp_path: Path) -> Path:
    """The base with two tokens more than its embedding has rows."""
    folder = Path(shutil.copytree(tiny_base, tmp_path / "more"))
    tokenizer = load_tokenizer(folder)
    tokenizer.add_tokens(["<one>", "<two>"])
    tokenizer.save_pretrained(folder)
    return folder


def test_rows_are_those_of_the_embedding_and_an_adapter_has_its_bases(tiny_base: Path, tmp_path: Path) -> None:
    rows = json.loads((tiny_base / "config.json").read_text())["vocab_size"]
    assert embedding_rows(tiny_base) == rows
    import torch
    from safetensors.torch import save_file

    config = {"base_model_name_or_path": str(tiny_base), "peft_type": "LORA", "r": 1}
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    save_file({"base_model.model.q.lora_A.weight": torch.ones(1, 2)}, tmp_path / "adapter_model.safetensors")
    assert embedding_rows(tmp_path) == rows


def test_more_tokens_than_rows_are_fine_until_one_is_used(with_more_tokens: Path) -> None:
    tokenizer, rows = load_tokenizer(with_more_tokens), embedding_rows(with_more_tokens)
    assert rows is not None
    assert len(tokenizer) >= rows + 2
    beyond = tokenizer.convert_ids_to_tokens(rows)
    check_token_ids(with_more_tokens, tokenizer, [(0, rows - 1), ()])
    with pytest.raises(
        CheckpointError, match=rf"token {rows}, '{re.escape(beyond)}', is used and has no row"
    ) as caught:
        check_token_ids(with_more_tokens, tokenizer, [(0,), (rows + 1, rows)])
    assert caught.value.path == str(with_more_tokens)


def test_the_end_token_counts_as_used(with_more_tokens: Path) -> None:
    tokenizer = load_tokenizer(with_more_tokens)
    tokenizer.eos_token = "<two>"
    with pytest.raises(CheckpointError, match="'<two>', is used"):
        check_token_ids(with_more_tokens, tokenizer, [])
