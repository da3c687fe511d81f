"""States after every layer in a file: the same bits, whole or not at all, one file per reading of the texts."""

from pathlib import Path

import pytest
import torch

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.aligned_texts import Reading
from skillprobe_core.measurements.divergence.kept_layers import forget_layers, keep_layers, kept_layers, layers_file
from skillprobe_core.measurements.divergence.token_texts import Text, Texts

TEXTS = Texts("s", "reference", (Text("a", (1, 2), (3, 4, 5)), Text("b", (6,), (7, 8))))


def layers(*types: torch.dtype) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(5, 3 + place, generator=generator).to(dtype) for place, dtype in enumerate(types)]


def test_the_bits_come_back_whatever_their_types(tmp_path: Path) -> None:
    given = layers(torch.bfloat16, torch.float32, torch.float16, torch.bfloat16)
    keep_layers(tmp_path / "a.layers.safetensors", given)
    found = kept_layers(tmp_path / "a.layers.safetensors")
    assert found is not None
    assert [each.dtype for each in found] == [each.dtype for each in given]
    assert all(torch.equal(one, two) for one, two in zip(found, given, strict=True))
    forget_layers(tmp_path / "a.layers.safetensors")
    forget_layers(tmp_path / "a.layers.safetensors")
    assert kept_layers(tmp_path / "a.layers.safetensors") is None


def test_nothing_is_kept_without_room_or_of_replaced_files(tmp_path: Path) -> None:
    asked: list[int] = []

    def fits(size: int) -> bool:
        asked.append(size)
        return False

    def confirm() -> None:
        raise CheckpointError("another model", remedy="try again")

    given = layers(torch.bfloat16, torch.float32)
    keep_layers(tmp_path / "a", given, fits=fits)
    assert asked == [5 * 3 * 2 + 5 * 4 * 4]
    keep_layers(tmp_path / "a", [])
    keep_layers(tmp_path / "a", layers(torch.float64))
    with pytest.raises(CheckpointError, match="another model"):
        keep_layers(tmp_path / "a", given, confirm)
    assert list(tmp_path.iterdir()) == []


def test_another_reading_of_the_texts_has_another_file(tmp_path: Path) -> None:
    def place(owner: str, *changed: Reading) -> Path:
        return layers_file(tmp_path, owner, TEXTS, (*changed, *TEXTS.texts[len(changed) :]))

    whole = place("m.float32")
    first = TEXTS.texts[0]
    assert place("m.float32", Reading(first.inputs, first.places, first.read)) == whole
    others = [
        place("n.float32"),
        place("m.float32", Reading((1, 2, 3, 9), (1, 2, 3), (2, 3))),
        place("m.float32", Reading(first.inputs, (1, 3), (2,))),
    ]
    assert len({whole, *others}) == 4
