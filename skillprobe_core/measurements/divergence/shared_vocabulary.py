"""Checks that two models' vocabularies can be compared, and the tokens that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillprobe_core.errors import CheckpointError

from .compared_texts import Texts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def shared_vocabulary(base: int, checkpoint: int, texts: Texts) -> int:
    """Number of logits that both models have: ids below it are compared, each distribution renormalised over them.

    Sizes differ if an embedding was resized or padded. Raises CheckpointError when a text uses an id outside.
    """
    shared = min(base, checkpoint)
    largest = max((max((*text.prompt, *text.completion)) for text in texts.texts), default=0)
    if largest >= shared:
        raise CheckpointError(
            f"the texts use token {largest}, but the base has {base} output tokens and the checkpoint {checkpoint}",
            remedy="give the base that the checkpoint was trained from; if tokens were added for the training, save "
            "the base with its resized embedding and use that",
        )
    return shared


def check_same_tokenizer(base: PreTrainedTokenizerBase, checkpoint: PreTrainedTokenizerBase, texts: list[str]) -> None:
    """Raise CheckpointError unless both tokenizers have the same token for every shared id and split texts alike.

    A checkpoint may have tokens that the base lacks, as long as the texts do not use them.
    """
    base_ids, checkpoint_ids = base.get_vocab(), checkpoint.get_vocab()
    base_tokens = {i: token for token, i in base_ids.items()}
    for token, i in sorted(checkpoint_ids.items(), key=lambda pair: pair[1]):
        if base_tokens.get(i, token) != token:
            _refuse(checkpoint, f"token {i} is {token!r} in the checkpoint and {base_tokens[i]!r} in the base")
    for text in texts:
        one, two = (tokenizer(text, add_special_tokens=False)["input_ids"] for tokenizer in (base, checkpoint))
        if one != two:
            _refuse(checkpoint, f"they split {text[:60]!r} into different tokens")


def check_shared_tokens(base: PreTrainedTokenizerBase, checkpoint: PreTrainedTokenizerBase, texts: Texts) -> None:
    """Raise CheckpointError, naming the token, when a text uses a token that only one of the tokenizers has.

    The other model may have a row for its id all the same, of padding, which says nothing about the token.
    """
    of_one = set(base.get_vocab().values()) ^ set(checkpoint.get_vocab().values())
    if not of_one:
        return
    used = of_one & {number for text in texts.texts for number in (*text.prompt, *text.completion)}
    if not used:
        return
    number = min(used)
    with_it, without = (checkpoint, "base") if number not in base.get_vocab().values() else (base, "checkpoint")
    raise CheckpointError(
        f"the {texts.text!r} texts use token {number}, {with_it.convert_ids_to_tokens(number)!r}, which the {without} "
        "does not have",
        remedy=f"leave {texts.text!r} out of `texts` under [divergence] in skillprobe.toml; or add the token to the "
        "base's tokenizer and embedding, save both, and give that folder as the base",
        path=checkpoint.name_or_path,
    )


def _refuse(checkpoint: PreTrainedTokenizerBase, cause: str) -> None:
    raise CheckpointError(
        f"the tokenizer does not match the base's: {cause}",
        remedy="give the base that this checkpoint was trained from, or copy the base's tokenizer files to the folder",
        path=checkpoint.name_or_path,
    )
