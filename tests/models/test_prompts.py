import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import processors

from skillprobe_core.models.prompts import encode_completion, encode_prompt, plain_text, prompt_digest, question

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
