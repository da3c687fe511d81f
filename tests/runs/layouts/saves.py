"""Saves of trainers as lists of file operations, in the order in which their sources write.

Each save leaves one checkpoint. `ends` is true where the last operation is the writer's last act. The other writers
leave no sign, so that only quiet files are complete.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp
from safetensors.torch import load_file, save_file

Act = Callable[[Path], None]


@dataclass(frozen=True)
class Save:
    """One save. step: its number. acts: the operations in a run folder. readable: False for weights that need a
    conversion, whose command holds all of `command`. ends: see above. steady: numbers of operations after which the
    folder is complete although more follow."""

    layout: str
    step: int
    acts: tuple[Act, ...]
    ends: bool = True
    command: tuple[str, ...] = ()
    steady: tuple[int, ...] = ()

    @property
    def readable(self) -> bool:
        return not self.command


def write(name: str, content: bytes) -> Iterator[Act]:
    """Create a file, then write its first half, then the rest."""

    def part(stop: int) -> Act:
        def act(root: Path) -> None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content[:stop])

        return act

    yield from (part(stop) for stop in sorted({0, len(content) // 2, len(content)}))


def files(folder: str, contents: dict[str, bytes]) -> list[Act]:
    """Write files in the given order."""
    return [act for name, content in contents.items() for act in write(f"{folder}/{name}", content)]


def renamed(old: str, new: str) -> Act:
    return lambda root: (root / old).replace(root / new) and None


def removed(name: str) -> Act:
    return lambda root: (root / name).unlink()


def parts_of(model: Path, work: Path) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    """Weights in two shards and an index, configuration, tokenizer, and a LoRA adapter's weights."""
    tensors = load_file(model / "model.safetensors")
    names = sorted(tensors)
    work.mkdir(exist_ok=True)
    shards, index = {}, {}
    for number, some in enumerate((names[::2], names[1::2]), 1):
        shard = f"model-{number:05}-of-00002.safetensors"
        save_file({name: tensors[name] for name in some}, work / shard, {"format": "pt"})
        shards[shard] = (work / shard).read_bytes()
        index |= dict.fromkeys(some, shard)
    shards["model.safetensors.index.json"] = json.dumps({"metadata": {}, "weight_map": index}).encode()
    config = {name: (model / name).read_bytes() for name in ("config.json",)}
    tokenizer = {name: (model / name).read_bytes() for name in ("tokenizer_config.json", "tokenizer.json")}
    prefix = "base_model.model.model.layers.0.self_attn.q_proj"
    factors = {f"{prefix}.lora_A.weight": torch.ones(2, 32), f"{prefix}.lora_B.weight": torch.ones(32, 2)}
    save_file(factors, work / "adapter_model.safetensors", {"format": "pt"})
    adapter = {"adapter_model.safetensors": (work / "adapter_model.safetensors").read_bytes()}
    return shards, config, tokenizer, adapter


def shards_of(model: Path, work: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """A model as torch.distributed.checkpoint stores it: in its own files, and in safetensors files of ranks."""
    state = load_file(model / "model.safetensors")
    with torch.random.fork_rng():
        dcp.save({"model": state}, checkpoint_id=work / "dcp", no_dist=True)
        writer = dcp.HuggingFaceStorageWriter(str(work / "ranks"), save_distributed=True)
        dcp.save(state, storage_writer=writer, no_dist=True)
    names = ("__0_0.distcp", ".metadata")
    ranks = {path.name: path.read_bytes() for path in (work / "ranks").glob("*.safetensors")}
    return {name: (work / "dcp" / name).read_bytes() for name in names}, ranks


def all_saves(model: Path, work: Path) -> list[Save]:
    """One save or more of every trainer that is known, with the weights of a small model."""
    shards, config, tokenizer, adapter = parts_of(model, work)
    dcp_files, rank_files = shards_of(model, work)
    renamed_later = {"__0_0.distcp": dcp_files["__0_0.distcp"], ".metadata.tmp": dcp_files[".metadata"]}
    lora = {"adapter_config.json": json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 2}).encode()}
    whole = shards | config | tokenizer
    state = {"trainer_state.json": b'{"global_step": 30, "log_history": []}'}
    blob = b"pickled shards"
    trained = {"optimizer.pt": blob}
    mark = {".30.1": json.dumps({"step": 30, "folder": "it/30/hf"}).encode()}
    saves = [
        Save(
            "marked",
            30,
            (
                *files("it/30/hf", whole),
                *files("skillprobe_ready", mark),
                renamed("skillprobe_ready/.30.1", "skillprobe_ready/30.json"),
            ),
        ),
        Save("hf_trainer", 30, (*files("checkpoint-30", config | shards | tokenizer | trained | state),)),
        Save("hf_trainer", 30, (*files("checkpoint-30", adapter | lora | tokenizer | trained | state),)),
        Save(
            "hf_trainer",
            30,
            (
                *files("checkpoint-30/pytorch_model_fsdp_0", renamed_later),
                renamed(
                    "checkpoint-30/pytorch_model_fsdp_0/.metadata.tmp", "checkpoint-30/pytorch_model_fsdp_0/.metadata"
                ),
                *files("checkpoint-30/optimizer_0", {"__0_0.distcp": blob, ".metadata": blob}),
                *files("checkpoint-30", state),
            ),
        ),
        Save(
            "hf_trainer",
            30,
            (
                *files("checkpoint-30", config | tokenizer),
                *files("checkpoint-30/global_step30", {"zero_pp_rank_0_mp_rank_00_model_states.pt": blob}),
                *files("checkpoint-30", {"latest": b"global_step30", "zero_to_fp32.py": b"#"} | trained | state),
            ),
            command=("checkpoint-30/zero_to_fp32.py", "checkpoint-30 OUT --safe_serialization"),
        ),
        Save(
            "verl",
            30,
            (
                *files("global_step_30/actor", {"model_world_size_1_rank_0.pt": blob}),
                *files("global_step_30/actor/huggingface", config | tokenizer),
                *files("global_step_30/actor", {"fsdp_config.json": b'{"FSDP_version": 2, "world_size": 1}'}),
                *files("global_step_30/actor/huggingface", config | shards),
                *files("global_step_30/critic/huggingface", config),
                *files("global_step_30", {"data.pt": blob}),
                *write("latest_checkpointed_iteration.txt", b"30"),
            ),
        ),
        Save(
            "verl",
            30,
            (
                *files(
                    "global_step_30/actor", {"model_world_size_2_rank_0.pt": blob, "model_world_size_2_rank_1.pt": blob}
                ),
                *files("global_step_30/actor/huggingface", config | tokenizer),
                *files(
                    "global_step_30/actor", {"fsdp_config.json": b'{"world_size": 2}', "lora_train_meta.json": b"{}"}
                ),
                *write("latest_checkpointed_iteration.txt", b"30"),
            ),
            command=("--backend fsdp", "lora_adapter", "global_step_30/actor OUT"),
        ),
        Save(
            "verl",
            30,
            (
                *files("global_step_30/actor", {"model_world_size_1_rank_0.pt": blob}),
                *files("global_step_30/actor/lora_adapter", adapter | lora),
                *files("global_step_30/actor/huggingface", config | tokenizer),
                *write("latest_checkpointed_iteration.txt", b"30"),
            ),
        ),
        *(
            Save(
                "verl",
                30,
                (
                    *files(f"global_step_30/actor/{place}", {"__0_0.distcp": blob, ".metadata": blob}),
                    *files(f"global_step_30/actor/{hf}", config | tokenizer),
                    *write("latest_checkpointed_iteration.txt", b"30"),
                ),
                command=("--backend megatron", "global_step_30/actor --target_dir OUT"),
            )
            for place, hf in (("dist_ckpt", "huggingface"), ("model/dist_ckpt", "model/huggingface"))
        ),
        *(
            Save(
                "verl",
                30,
                (
                    *files("global_step_30/actor/model/dist_ckpt", {"__0_0.distcp": blob, ".metadata": blob}),
                    *files(f"global_step_30/actor/model/huggingface{sub}", content),
                    *files("global_step_30/actor/model/huggingface", config | tokenizer),
                    *write("latest_checkpointed_iteration.txt", b"30"),
                ),
            )
            for sub, content in (("", shards), ("/adapter", adapter | lora))
        ),
        Save("openrlhf", 30, (*files("global_step30_hf", whole),), ends=False),
        Save(
            "openrlhf",
            30,
            (
                *files("_actor/global_step30", {"mp_rank_00_model_states.pt": blob}),
                *files("_actor", {"latest": b"global_step30"}),
            ),
            command=("_actor/zero_to_fp32.py", "_actor OUT", "--tag global_step30"),
        ),
        Save(
            "deepspeed",
            30,
            (*files("global_step30", {"mp_rank_00_model_states.pt": blob}), *write("latest", b"global_step30")),
            command=("zero_to_fp32.py", "OUT", "--tag global_step30"),
        ),
        *(
            Save(
                "nemo_rl",
                30,
                (
                    *files("tmp_step_30", {"training_info.json": b"{}", "config.yaml": b"{}"}),
                    *files(f"tmp_step_30/policy/weights{sub}", content),
                    *files("tmp_step_30/policy/tokenizer", tokenizer),
                    renamed("tmp_step_30", "step_30"),
                ),
                command=command,
            )
            for sub, content, command in (
                ("/model/consolidated", config | shards, ()),
                ("/model", adapter | lora, ()),
                ("/model", rank_files, ()),
                ("", dcp_files, ()),
                ("/model", dcp_files, ()),
                ("/iter_0000000", {"common.pt": blob}, ("convert_megatron_to_hf.py", "weights/iter_0000000")),
            )
        ),
        *(
            Save(
                "nemo_automodel",
                30,
                (
                    *files("epoch_0_step_30", {".incomplete": b""}),
                    *files(f"epoch_0_step_30/model{sub}", content),
                    removed("epoch_0_step_30/.incomplete"),
                ),
            )
            for sub, content in (("/consolidated", whole), ("", adapter | lora | tokenizer), ("", rank_files))
        ),
        *(
            Save("prime_rl", 30, (*files(f"{place}/step_30", content | {"STABLE": b""}),))
            for place, content in (("broadcasts", whole), ("weights", whole), ("broadcasts", adapter | lora))
        ),
        Save(
            "prime_rl",
            30,
            (
                *files("checkpoints/step_30/trainer", renamed_later),
                renamed("checkpoints/step_30/trainer/.metadata.tmp", "checkpoints/step_30/trainer/.metadata"),
            ),
        ),
        Save("open_instruct", 30, (*files("step_30", whole | {".checkpoint_complete": b""}),)),
        Save(
            "open_instruct",
            30,
            (
                *files("step_30/pytorch_model_fsdp_0", dcp_files),
                *files("step_30", {"COMPLETED": b""}),
            ),
        ),
        Save(
            "torchtune",
            30,
            (
                *files("epoch_29", shards | adapter | lora | config | tokenizer),
                *write("recipe_state/recipe_state.pt", b""),
            ),
        ),
        Save("torchtune", 30, (*files("step_30", shards | config | tokenizer),), ends=False),
        Save(
            "torchtune",
            30,
            (
                *files("dist_epoch_29", renamed_later),
                renamed("dist_epoch_29/.metadata.tmp", "dist_epoch_29/.metadata"),
            ),
        ),
        Save(
            "torchtitan",
            30,
            (
                *files("step-30", renamed_later),
                renamed("step-30/.metadata.tmp", "step-30/.metadata"),
            ),
        ),
        Save(
            "torchtitan", 30, (*files("step-30/sharded", {"shard-00001.safetensors": blob}), *files("step-30", shards))
        ),
        Save(
            "nanotron",
            30,
            (
                *files("30", {"config.yaml": b"{}", "model/w_pp-rank-0-of-1_tp-rank-0-of-1.safetensors": blob}),
                *files("30", {"checkpoint_metadata.json": b"{}"}),
                *write("latest.txt", b"30"),
                *files("30", {"model_config.json": b"{}"}),
            ),
            command=("convert_nanotron_to_hf.py", "--save_path=OUT"),
        ),
        Save(
            "megatron",
            30,
            (
                *files(
                    "iter_0000030", {"__0_0.distcp": blob, "common.pt": blob, ".metadata": blob, "metadata.json": b"{}"}
                ),
                *write("latest_checkpointed_iteration.txt", b"30"),
            ),
            command=("AutoBridge", "export_ckpt", "OUT", "BASE"),
        ),
        Save(
            "mlx",
            30,
            (
                *write("adapter_config.json", b'{"lora_parameters": {"rank": 2, "scale": 2.0}}'),
                *write("0000030_adapters.safetensors", adapter["adapter_model.safetensors"]),
            ),
            ends=False,
            command=("mlx_lm.fuse", "0000030_adapters.safetensors BASE OUT"),
        ),
        Save(
            "llama_factory",
            30,
            (
                *files("pissa_init", adapter | lora),
                *files("pissa_converted", adapter | lora),
                *write("trainer_state.json", state["trainer_state.json"]),
            ),
        ),
        Save("peft_adapter", 0, (*files("final", adapter | lora),)),
        Save("single", 0, (*files("final", config | shards | tokenizer),), ends=False),
    ]
    first = files("checkpoint-30", config | shards | tokenizer | trained | state)
    rewritten = [
        *(removed(f"checkpoint-30/{name}") for name in shards),
        *files("checkpoint-30", {"model.safetensors": (model / "model.safetensors").read_bytes()}),
        *files("checkpoint-30", {"value_head.safetensors": adapter["adapter_model.safetensors"]}),
        *files("checkpoint-30", tokenizer),
    ]
    saves.append(Save("hf_trainer", 30, (*first, *rewritten), ends=False, steady=(len(first),)))
    return saves


def replayed(acts: tuple[Act, ...], root: Path) -> Iterator[int]:
    """Perform the operations one by one; each gets a later time than the one before. Yields their numbers."""
    start = 1_700_000_000_000_000_000
    before: dict[Path, tuple[int, int]] = {}
    for number, act in enumerate(acts, 1):
        act(root)
        for path in (root, *root.rglob("*")):
            status = path.stat()
            if before.get(path) != (status.st_mtime_ns, status.st_size):
                time = start + number * 1_000_000_000
                os.utime(path, ns=(time, time))
                before[path] = (time, path.stat().st_size)
        yield number


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
