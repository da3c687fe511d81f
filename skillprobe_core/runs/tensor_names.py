"""Matching of tensor names: wrappers and library versions name the same tensor differently."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

WRAPPED: Final = r"^(module\.|_orig_mod\.|_fsdp_wrapped_module\.|base_model\.model\.)+"
"""Prefixes that data-parallel, compiled, sharded and adapted models put before a name."""

_WRAPPERS = re.compile(WRAPPED)
# Constants that models compute themselves and that older libraries stored with the weights.
_CONSTANTS = re.compile(r"(rotary_emb\.inv_freq|\b(attn|attention)\.(masked_)?bias)$")

# Extra heads that a trainer stores with the language model and that play no part in generation.
_SIDE_HEADS = re.compile(r"^(v_head|value_head|score)\.")


def plain_name(name: str) -> str:
    """The name without wrapper prefixes."""
    return _WRAPPERS.sub("", name)


def is_constant(name: str) -> bool:
    """True if the tensor is a constant of the architecture (rotary frequencies, a causal mask), not a weight."""
    return bool(_CONSTANTS.search(name))


def is_side_head(name: str) -> bool:
    """True if the tensor belongs to a trainer's value or reward head, which generation does not use."""
    return bool(_SIDE_HEADS.search(plain_name(name)))


def match_names(base: Iterable[str], checkpoint: Iterable[str]) -> dict[str, str]:
    """The checkpoint's tensor names, each with the base's name for the same tensor.

    Two names match if they differ only by wrapper prefixes, or only in their first words while the rest is unique.
    """
    base, checkpoint = list(base), list(checkpoint)
    plain = {plain_name(name): name for name in base}
    matched = {name: plain[plain_name(name)] for name in checkpoint if plain_name(name) in plain}
    taken = set(matched.values())
    beginnings: dict[str, list[str]] = {}
    for name in base:
        if name not in taken:
            for ending in _endings(plain_name(name)):
                beginnings.setdefault(ending, []).append(name)
    for name in checkpoint:
        if name not in matched:
            found = (beginnings.get(ending, []) for ending in _endings(plain_name(name)))
            unique = next((names[0] for names in found if len(names) == 1), None)
            if unique is not None and unique not in taken:
                matched[name] = unique
                taken.add(unique)
    return matched


def _endings(name: str) -> list[str]:
    """The name, and the name without its first one, two or three words; at least two words, the first not a number."""
    words = name.split(".")
    return [".".join(words[cut:]) for cut in range(4) if len(words) - cut >= 2 and not words[cut].isdecimal()]
