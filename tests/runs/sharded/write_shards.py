"""Writes checkpoints as trainers on two ranks do: FSDP2, DTensor and torch.distributed.checkpoint over gloo.

Run as `python write_shards.py RANK CHECKPOINT OUT` for each of the ranks, where the model is a Qwen2.
"""

import sys
from pathlib import Path

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch.distributed.checkpoint.state_dict import get_model_state_dict
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import Replicate, Shard, distribute_tensor
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
)

RANKS = 2
_SIZES = {
    "vocab_size": 51, "hidden_size": 32, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 8, "tie_word_embeddings": False,
}  # fmt: skip
# Names as torchtitan's modules have them, by the names of Hugging Face.
_NAMES = {
    "model.embed_tokens": "tok_embeddings",
    "model.": "",
    "lm_head": "output",
    "self_attn.q_proj": "attention.wq",
    "self_attn.k_proj": "attention.wk",
    "self_attn.v_proj": "attention.wv",
    "self_attn.o_proj": "attention.wo",
    "self_attn.": "attention.",
    "mlp.gate_proj": "feed_forward.w1",
    "mlp.down_proj": "feed_forward.w2",
    "mlp.up_proj": "feed_forward.w3",
    "mlp.gate.": "moe.router.gate.",
    "input_layernorm": "attention_norm",
    "post_attention_layernorm": "ffn_norm",
}


def models() -> dict[str, PreTrainedModel]:
    """One model of each architecture that torchtitan's names are known for, the same in every process."""
    torch.manual_seed(3)
    moe = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 12}
    return {
        "llama": LlamaForCausalLM(LlamaConfig(**_SIZES)),
        "qwen3": Qwen3ForCausalLM(Qwen3Config(**_SIZES)),
        "qwen3_moe": Qwen3MoeForCausalLM(Qwen3MoeConfig(**_SIZES, **moe)),
    }


def in_pairs(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """The rows of a projection as Meta's Llama has them: the two halves of each head alternate."""
    return torch.cat([torch.stack(head.chunk(2), dim=1).flatten(0, 1) for head in rows.chunk(heads)])


def titan_state(kind: str, model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """The model's tensors under torchtitan's names."""
    state = {}
    for name, stored in model.state_dict().items():
        titan, value = name, stored
        for ours, theirs in _NAMES.items():
            titan = titan.replace(ours, theirs)
        if kind == "llama" and titan.endswith(("wq.weight", "wk.weight")):
            value = in_pairs(value, 4 if titan.endswith("wq.weight") else 2)
        if "experts.gate_up_proj" in name:
            front = titan.split("mlp.")[0]
            state[f"{front}moe.experts.w1"], state[f"{front}moe.experts.w3"] = (
                half.contiguous() for half in value.chunk(2, dim=1)
            )
        elif "experts.down_proj" in name:
            state[titan.split("mlp.")[0] + "moe.experts.w2"] = value
        else:
            state[titan] = value
    return state


def sharded(state: dict[str, torch.Tensor], mesh: DeviceMesh) -> dict[str, torch.Tensor]:
    """The state on all ranks: matrices by rows or by columns, vectors replicated."""
    places = [Shard(0), Shard(1)]
    return {
        name: distribute_tensor(value, mesh, [Replicate() if value.dim() == 1 else places[number % 2]])
        for number, (name, value) in enumerate(state.items())
    }


def write(rank: int, checkpoint: str, out: Path) -> None:
    """Write everything as one of the ranks."""
    dist.init_process_group("gloo", init_method=f"file://{out}/meeting", rank=rank, world_size=RANKS)
    mesh = init_device_mesh("cpu", (RANKS,))
    model = AutoModelForCausalLM.from_pretrained(checkpoint)
    plain = {name: value.detach().clone() for name, value in model.state_dict().items()}
    for layer in model.model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    dcp.save({"model": get_model_state_dict(model)}, checkpoint_id=out / "fsdp/checkpoint-10/pytorch_model_fsdp_0")
    narrow = {name: value.bfloat16() for name, value in plain.items()}
    writer = dcp.HuggingFaceStorageWriter(str(out / "nemo/step_10/policy/weights/model"), save_distributed=True)
    dcp.save(sharded(narrow, mesh), storage_writer=writer)
    moments = {"state": {name: {"exp_avg": torch.zeros_like(value)} for name, value in plain.items()}}
    app = {"app": {"model": sharded(plain, mesh), "optimizers": moments, "scheduler": {"last_epoch": 10}}}
    dcp.save(app, checkpoint_id=out / "prime/checkpoints/step_10/trainer")
    for kind, titan in models().items():
        state = sharded(titan_state(kind, titan), mesh)
        moments = {f"state.{name}.exp_avg": torch.zeros(2) for name in state}
        whole = {**state, "optimizer": moments, "train_state": {"step": torch.tensor(10)}}
        dcp.save(whole, checkpoint_id=out / kind / "step-10")
    dist.destroy_process_group()


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
