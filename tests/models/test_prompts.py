import polars as pl
import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import processors

from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.completion_text import completion_text
from skillprobe_core.models.prompts import (
    INSTRUCTION,
    NEW_QUESTION,
    encode_completion,
    encode_prompt,
    plain_text,
    prompt_digest,
    question,
    reference_lengths,
)

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA = "{{ bos_token }}{% for m in messages %}[INST] {{ m.content }} [/INST]{% endfor %}"


def variant(tokenizer, *, bos=False, eos=False, template=None):
    """The tokenizer, adding a BOS or an EOS by its post-processor as Llama's and T5's do, with a chat template."""
    import copy

    backend = copy.deepcopy(tokenizer.backend_tokenizer)
    single = ["<s>"] * bos + ["$A"] + ["</s>"] * eos
    if bos or eos:
        backend.post_processor = processors.TemplateProcessing(
            single=single, special_tokens=[("<s>", 256), ("</s>", 257)]
        )
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    )
    made.chat_template = template
    return made


@pytest.mark.parametrize("template", [None, CHATML, LLAMA])
@pytest.mark.parametrize("eos", [False, True])
@pytest.mark.parametrize("bos", [False, True])
def test_one_bos_at_most_and_no_eos(tokenizer, bos, eos, template):
    ids = encode_prompt(variant(tokenizer, bos=bos, eos=eos, template=template), "What is 2 + 2?")
    wants_bos = template == LLAMA or (template is None and bos)
    assert ids.count(256) == int(wants_bos)
    assert (ids[0] == 256) == wants_bos
    assert 257 not in ids


def test_plain_and_chat_prompts_decode_to_their_text(tokenizer):
    plain = variant(tokenizer)
    assert plain.decode(encode_prompt(plain, "Why?")) == plain_text("Why?")
    chat = variant(tokenizer, template=CHATML)
    text = f"<|im_start|>user\n{question('Why?')}<|im_end|>\n<|im_start|>assistant\n"
    assert chat.decode(encode_prompt(chat, "Why?")) == text


def test_a_completion_gets_its_end_token_and_no_bos(tokenizer):
    ids = encode_completion(variant(tokenizer, bos=True, eos=True), "4\nAnswer: 4")
    assert ids[-1] == 257
    assert ids.count(257) == 1
    assert 256 not in ids


@given(st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=6), min_size=2, max_size=2, unique_by=tuple))
def test_other_ids_have_another_digest(prompts):
    one, other = map(prompt_digest, prompts)
    assert one != other
    assert len(one) == 16


@pytest.mark.parametrize("template", [None, CHATML])
def test_a_question_of_ones_own_ends_the_answer_and_a_paragraph_does_not(tokenizer, template):
    tokenizer = variant(tokenizer, template=template)
    answer = "First, 2 and 2.\n\nThat makes 4.\n\nQuestions of rounding do not arise.\nAnswer: 4"
    for start in (answer, f"{INSTRUCTION}\n{answer}"):
        for more in (f"\n\n{plain_text('What is 3 + 3?')}6", "\n\nQuestion: What is 3 + 3?\nAnswer: 6"):
            ids = tokenizer(start + more, add_special_tokens=False)["input_ids"]
            text, cut = completion_text(tokenizer, ids, SamplingSettings())
            assert cut
            assert text.startswith(start)
            assert text.count("Answer: ") == start.count("Answer: "), "the second answer is left out"
        ids = tokenizer(start, add_special_tokens=False)["input_ids"]
        assert completion_text(tokenizer, ids, SamplingSettings()) == (start, False)


def test_the_stop_texts_are_found_in_the_plain_prompt_itself():
    assert any(text in plain_text("Why?") for text in NEW_QUESTION)


@pytest.mark.parametrize("bos", [False, True])
def test_references_are_measured_in_the_models_tokens_without_special_ones(tokenizer, bos):
    items = pl.DataFrame({"item_id": ["a", "b"], "reference": ["4 + 4 = 8\nAnswer: 8", None]})
    lengths = reference_lengths(variant(tokenizer, bos=bos, eos=True), items)
    assert lengths == {"a": len(tokenizer("4 + 4 = 8\nAnswer: 8", add_special_tokens=False)["input_ids"]), "b": 0}
    assert reference_lengths(tokenizer, items.drop("reference")) == {"a": 0, "b": 0}
    assert reference_lengths(tokenizer, items.clear()) == {}
