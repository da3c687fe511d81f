"""The tokenizer of the demo's base model: byte-level BPE in which every digit and every newline is its own token."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

END = "<|end|>"
PAD = "<|pad|>"

# One alternative matches at every place and none looks back, so that a newline always ends the piece before it: a
# prompt that ends with a newline and its completion give the same tokens together and apart. Punctuation takes the
# space after it when a digit follows, so that numbers start in the same way everywhere.
_PIECES = r"\n|\d| ?[^\W\d_]+| ?[^\w\s]+(?: (?=\d))?|_+|[^\S\n]"


def train_tokenizer(texts: Iterable[str], vocabulary_size: int, context: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE trained on `texts`: any text round-trips, at most `vocabulary_size` tokens, no chat template."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[END, PAD],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        padding_side="left",
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )
