"""Canonical names of tensors: wrappers, libraries and their versions name the same tensor differently."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

_INSIDE = r"(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module|_forward_module)\."
_FRONT = r"^(?:(?:module|base_model\.model|pretrained_model)\.)+"
_IN_FRONT, _ANYWHERE = re.compile(_FRONT), re.compile(rf"(^|(?<=\.)){_INSIDE}")
# Constants that models compute themselves and that older libraries stored with the weights.
_CONSTANTS = re.compile(r"(rotary_emb\.inv_freq|\b(attn|attention)\.(masked_)?bias)$")
# Extra heads that a trainer stores with the language model and that play no part in generation.
_SIDE_HEADS = re.compile(r"^(v_head|value_head|score)\.")
_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks?|layer|mtp_layers)\.(\d+)(?=\.|$)")
_TOWERS = frozenset(
    [
        "visual", "vision", "vision_tower", "vision_model", "vision_encoder", "vision_backbone",
        "vision_embed_tokens", "vision_embedder", "vision_projector", "image_newline", "image_projector",
        "multi_modal_projector", "mm_projector", "mlp1", "vpm", "resampler", "connector", "audio", "audio_tower",
        "audio_model", "audio_encoder", "audio_projector", "apm", "embed_vision", "embed_audio",
        "embed_tokens_extend", "img_processor", "talker", "token2wav", "code2wav", "aligner", "generation_aligner",
        "generation_head", "language_projection", "qformer", "projector", "vision_projection", "visual_projection",
        "image_to_text_projection", "merger",
    ]
)  # fmt: skip
_PREDICTION = ("mtp", "nextn")
_TRUNKS = frozenset(["model", "transformer", "language_model", "text_model", "llm", "gpt_neox", "backbone", "decoder"])
# One block under two names: transformers renames it when it loads, and not every library does.
_RENAMED: Final = (
    (re.compile(r"\.block_sparse_moe\."), ".mlp."),
    (re.compile(r"\.(mlp|feed_forward)\.(?:gate|router\.layer)\.(?=weight$|bias$)"), r".\1.router."),
)

Place = Literal["text", "tower", "prediction", "side", "constant"]


@dataclass(frozen=True, slots=True)
class CanonicalName:
    """A tensor's name without what libraries add to it, and the part of the model that it belongs to.

    place: `text`, the language model; `tower`, a vision or audio tower and its projector; `prediction`, layers that
    predict further tokens in training; `side`, a value or reward head; `constant`, computed by the model itself.
    """

    key: str
    place: Place

    @property
    def layer(self) -> int | None:
        """Number of the layer; None outside the layers."""
        return layer_of(self.key)


def plain_name(name: str) -> str:
    """The name without wrappers, wherever they stand."""
    return _IN_FRONT.sub("", _ANYWHERE.sub("", name))


def wrapper_patterns(names: Iterable[str]) -> dict[str, str]:
    """Patterns that remove the wrappers from these names, each with an empty replacement; empty if there are none.

    Applied in order, each replaces one place of a name, as transformers does with `key_mapping`. They are all
    different, since they are keys.
    """
    names = list(names)
    most = max((len(_ANYWHERE.findall(name)) for name in names), default=0)
    inside = [rf"(?:^|(?<=\.)){_INSIDE}{'(?:)' * number}" for number in range(most)]
    front = [_FRONT] if any(_IN_FRONT.match(_ANYWHERE.sub("", name)) for name in names) else []
    return dict.fromkeys([*inside, *front], "")


def layer_of(name: str) -> int | None:
    """Number of the first numbered layer in a name, from 0; None for a tensor outside the layers."""
    found = _LAYER.search(name)
    return int(found.group(1)) if found else None


def is_constant(name: str) -> bool:
    """True if the tensor is a constant of the architecture (rotary frequencies, a causal mask), not a weight."""
    return bool(_CONSTANTS.search(name))


def is_side_head(name: str) -> bool:
    """True if the tensor belongs to a trainer's value or reward head, which generation does not use."""
    return bool(_SIDE_HEADS.search(plain_name(name)))


def canonical_names(names: Iterable[str], layers: int | None = None) -> dict[str, CanonicalName]:
    """Canonical names of all tensors of one model, equal for the same tensor of any library.

    The words in front of the language model's numbered layers (`model.language_model.`, `transformer.`, or none) are
    those of a wrapper, and are removed wherever a name begins with them. They are found from all names together, so
    that a vision tower or a multi-token head cannot be taken for the language model.

    Args:
        names: The stored names.
        layers: Number of layers of the configuration; later ones predict further tokens (DeepSeek-V3, GLM-4.5).

    Returns:
        The canonical name of each; two names that would have the same one keep their own.
    """
    plain = {name: plain_name(name) for name in names}
    places = {name: _place(each) for name, each in plain.items()}
    trunk = _trunk([each for name, each in plain.items() if places[name] == "text"])
    found = {}
    for name, each in plain.items():
        key = _without(each, trunk)
        for pattern, other in _RENAMED:
            key = pattern.sub(other, key)
        place = places[name]
        number = layer_of(key)
        if place == "text" and layers is not None and number is not None and number >= layers:
            place = "prediction"
        if is_side_head(key):
            place = "side"
        found[name] = CanonicalName(key, place)
    repeated = {key for key, count in Counter(each.key for each in found.values()).items() if count > 1}
    return {
        name: CanonicalName(plain[name], each.place) if each.key in repeated else each for name, each in found.items()
    }


def _place(name: str) -> Place:
    if is_constant(name):
        return "constant"
    found = _LAYER.search(name)
    front = set((name[: found.end()] if found else name).split("."))
    if front & _TOWERS:
        return "tower"
    return "prediction" if any(word.startswith(_PREDICTION) for word in front) else "text"


def _trunk(names: list[str]) -> tuple[str, ...] | None:
    """The words in front of the language model's layers; None if there are no layers, or several kinds of them."""
    fronts = {name[: found.start()] for name in names if (found := _LAYER.search(name))}
    if len(fronts) > 1:
        fronts = {front for front in fronts if {"language_model", "text_model"} & set(front.split("."))}
    return tuple(word for word in fronts.pop().split(".") if word) if len(fronts) == 1 else None


def _without(name: str, trunk: tuple[str, ...] | None) -> str:
    words = name.split(".")
    if trunk is None:
        # Names without layers, as in an adapter of the head alone.
        if _LAYER.search(name) is None:
            while len(words) > 2 and words[0] in _TRUNKS:
                words = words[1:]
        return ".".join(words)
    for word in trunk:
        if len(words) > 1 and words[0] == word:
            words = words[1:]
        else:
            break
    return ".".join(words)
