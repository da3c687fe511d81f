"""Names of a state's groups; the arrangement of rows is tested with real models in test_sharded_weights.py."""

import pytest

from skillprobe_core.runs.sharded.shard_index import ShardedTensor
from skillprobe_core.runs.sharded.trainer_names import Stored, UnknownNames, hugging_face_names


def state(*paths: tuple[str, ...]) -> dict[str, ShardedTensor]:
    return {".".join(path): ShardedTensor(path, (4, 4), "float32", ()) for path in paths}


EMBEDDING, NORM = "model.embed_tokens.weight", "model.norm.weight"


@pytest.mark.parametrize("group", [(), ("model",), ("app", "model"), ("app", "policy", "model")])
def test_the_group_with_the_embedding_is_the_model(group: tuple[str, ...]) -> None:
    others = (("optim", "state", EMBEDDING), ("optimizer", f"state.{EMBEDDING}.exp_avg"), ("step",))
    found = hugging_face_names(state((*group, EMBEDDING), (*group, NORM), *others[: 3 if group else 2]), None)
    assert set(found) == {EMBEDDING, NORM}
    assert found[NORM] == Stored(".".join((*group, NORM)))


def test_wrappers_of_compiled_models_are_left_to_the_reader_of_names() -> None:
    assert set(hugging_face_names(state(("model", f"_orig_mod.{EMBEDDING}")), None)) == {f"_orig_mod.{EMBEDDING}"}


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ([("optimizer", "a")], "0 of the groups"),
        ([("actor", EMBEDDING), ("critic", EMBEDDING)], "2 of the groups"),
        ([("model", EMBEDDING), ("model", "model.layers.0.q_proj.lora_A.weight")], "LoRA adapter"),
        ([("tok_embeddings.weight",), ("layers.0.attention.wqkv.weight",)], "has no place in torchtitan's llama"),
        ([("tok_embeddings.weight",), ("layers.0.attention.qkv_linear.wqkv.weight",)], "has no place"),
    ],
)
def test_what_has_no_map_is_refused(paths: list[tuple[str, ...]], says: str) -> None:
    with pytest.raises(UnknownNames, match=says):
        hugging_face_names(state(*paths), {"model_type": "llama", "num_attention_heads": 4})


def test_newer_names_of_torchtitan_mean_the_same() -> None:
    config = {"model_type": "llama", "num_attention_heads": 4, "num_key_value_heads": 2}
    older = state(("tok_embeddings.weight",), ("output.weight",), ("layers.1.attention.wk.weight",))
    newer = state(("tok_embeddings.weight",), ("lm_head.weight",), ("layers.1.attention.qkv_linear.wk.weight",))
    one, other = (hugging_face_names(each, config) for each in (older, newer))
    assert set(one) == set(other)
    assert one["model.layers.1.self_attn.k_proj.weight"].heads == 2


TUNED = (
    ("model", "tok_embeddings.weight"),
    ("model", "norm.scale"),
    ("model", "layers.1.attn.k_proj.weight"),
    ("model", "layers.1.attn.k_proj.bias"),
)


def test_the_names_of_torchtune_have_those_of_hugging_face() -> None:
    config = {"num_attention_heads": 4, "num_key_value_heads": 2}
    qwen = hugging_face_names(state(*TUNED), {"model_type": "qwen2"} | config)
    weight, bias = "model.layers.1.self_attn.k_proj.weight", "model.layers.1.self_attn.k_proj.bias"
    assert set(qwen) == {EMBEDDING, NORM, weight, bias}
    assert qwen[weight] == Stored("model.layers.1.attn.k_proj.weight")
    assert hugging_face_names(state(*TUNED[:3]), {"model_type": "llama"} | config)[weight].heads == 2
    with pytest.raises(UnknownNames, match=r"k_proj\.bias' has no place in torchtune's llama"):
        hugging_face_names(state(*TUNED), {"model_type": "llama"} | config)
    with pytest.raises(UnknownNames, match="known for llama, mistral, qwen2, not for model_type 'gemma2'"):
        hugging_face_names(state(*TUNED), {"model_type": "gemma2"} | config)


def test_the_rows_of_a_llama_need_its_number_of_heads() -> None:
    with pytest.raises(UnknownNames, match="num_attention_heads"):
        hugging_face_names(
            state(("tok_embeddings.weight",), ("layers.0.attention.wq.weight",)), {"model_type": "llama"}
        )
