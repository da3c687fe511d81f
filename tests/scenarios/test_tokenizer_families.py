"""Tokenizers of several families: the ids that a model reads are those decided in one place, with one BOS at most."""

from dataclasses import replace

import polars as pl
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from skillprobe_core.measurements.generations.generate_rows import requests_for
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.prompts import encode_prompts, plain_text
from skillprobe_core.models.tokenizer_loading import load_tokenizer

TEXTS = ["What is 12 + 30? Work step by step. 12 + 30 = 42\nAnswer: 42\n", "End with a line 'Answer: ' and the answer."]
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
INST = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
)
SPECIAL = ["<s>", "</s>", "<pad>", "<|im_start|>", "<|im_end|>"]


def byte_level(*, bos):
    """GPT-2's and, with a BOS by its post-processor, Llama 3's: byte-level BPE."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return with_bos(tokenizer) if bos else tokenizer


def sentencepiece_like():
    """Llama 2's and Gemma's: BPE over text whose spaces are a letter of their own, unknown characters as bytes."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    codes = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=[*SPECIAL, "<unk>", *codes], show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return with_bos(tokenizer)


def unigram():
    """T5's: a unigram model, which appends an EOS to every text."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=[*SPECIAL, "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS * 20, trainer)
    end = tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", end)])
    return tokenizer


def with_bos(tokenizer):
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", start)])
    return tokenizer


# name: (tokenizer, chat template, whether a prompt begins with a BOS)
FAMILIES = {
    "GPT-2": (lambda: byte_level(bos=False), None, False),
    "Llama 3 base": (lambda: byte_level(bos=True), None, True),
    "Llama 3 chat, BOS in the template": (lambda: byte_level(bos=True), INST, True),
    "Qwen, no BOS": (lambda: byte_level(bos=False), CHATML, False),
    "Llama 2 chat": (sentencepiece_like, INST, True),
    "Gemma base": (sentencepiece_like, None, True),
    "BOS by the tokenizer, none in the template": (sentencepiece_like, CHATML, False),
    "unigram with EOS": (unigram, None, False),
}
EXAMPLES = [{"prompt": "What is 1 + 1?", "reference": "1 + 1 = 2\nAnswer: 2"}] * 2
ITEMS = pl.DataFrame(
    {"item_id": [f"{n}" for n in range(4)], "prompt": [f"What is {n} + 2{'0' * n}?" for n in range(4)]}
)


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request, tmp_path_factory):
    """A tiny Llama with that tokenizer, saved as trainers save it."""
    make, template, wants_bos = FAMILIES[request.param]
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=make(), bos_token="<s>", eos_token="</s>", pad_token="<pad>", chat_template=template
    )
    folder = tmp_path_factory.mktemp("family")
    tokenizer.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=512, bos_token_id=0, eos_token_id=1, pad_token_id=2,
    )  # fmt: skip
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder, template, wants_bos


@pytest.mark.parametrize("examples", [[], EXAMPLES], ids=["zero-shot", "two-shot"])
def test_a_prompt_begins_with_one_bos_and_goes_on_to_the_answer(folder, examples):
    path, template, wants_bos = folder
    tokenizer = load_tokenizer(path)
    items = ITEMS.with_columns(
        pl.Series("examples", [examples] * 4, pl.List(pl.Struct(dict.fromkeys(("prompt", "reference"), pl.String))))
    )
    for (item_id, prompt), question in zip(encode_prompts(tokenizer, items).items(), ITEMS["prompt"], strict=True):
        ids = list(prompt.ids)
        assert ids.count(tokenizer.bos_token_id) == int(wants_bos), item_id
        assert (ids[0] == tokenizer.bos_token_id) == wants_bos
        assert ids[-1] != tokenizer.eos_token_id
        assert ids.count(tokenizer.eos_token_id) == (len(examples) if template == INST else 0)
        text = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
        assert question in text
        assert text.count("Answer: 2") == len(examples)
        if template is None and tokenizer.convert_ids_to_tokens(ids[0])[0] not in "▁":
            assert text.removeprefix("<s>") == plain_text(question, examples)


def test_few_shot_prompts_share_their_start_and_nothing_else(folder):
    tokenizer = load_tokenizer(folder[0])
    kind = pl.List(pl.Struct({"prompt": pl.String, "reference": pl.String}))
    items = ITEMS.with_columns(pl.Series("examples", [EXAMPLES] * 3 + [EXAMPLES[:1]], kind))
    prompts = encode_prompts(tokenizer, items)
    three = [prompts[str(number)] for number in range(3)]
    (shared,) = {prompt.shared for prompt in three}
    assert len({prompt.ids[:shared] for prompt in three}) == 1
    assert len({prompt.ids[: shared + 1] for prompt in three}) > 1
    assert shared > 20
    assert prompts["3"].shared == 0, "no other item has its examples"


def test_the_model_reads_exactly_the_ids_that_were_decided(folder):
    backend = TransformersBackend.from_folder(folder[0], device="cpu")
    settings = SamplingSettings(max_new_tokens=1)
    requests = [replace(each, shared=0) for each in requests_for(ITEMS, backend.tokenizer, settings)]
    rows = set()

    def note(_, arguments, named):
        ids = named["input_ids"]
        mask = torch.ones_like(ids) if named["attention_mask"] is None else named["attention_mask"]
        rows.update(tuple(row[keep.bool()].tolist()) for row, keep in zip(ids, mask, strict=True))

    hook = backend.model.register_forward_pre_hook(note, with_kwargs=True)
    list(backend.complete(requests, settings))
    hook.remove()
    assert rows == {request.prompt_ids for request in requests}
