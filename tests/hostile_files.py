"""Checkpoint folders as a stranger could write them: each function spoils a copy of a good one in its own way."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

Spoil = Callable[[Path], None]


def _json(name: str, text: str) -> Spoil:
    return lambda folder: (folder / name).write_text(text) and None


def _changed(name: str, **values: object) -> Spoil:
    def spoil(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps(json.loads(file.read_text()) | values))

    return spoil


def _pipe(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return spoil


def _link(name: str, target: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return spoil


def _sparse(name: str, size: int) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        with (folder / name).open("wb") as file:
            file.truncate(size)

    return spoil


def _header(header: bytes, data: bytes = b"") -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + data)

    return spoil


def _folder(name: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return spoil


def _socket(folder: Path) -> None:
    (folder / "config.json").unlink()
    before = Path.cwd()
    os.chdir(folder)  # the path of a socket has at most 108 bytes
    try:
        socket.socket(socket.AF_UNIX).bind("config.json")
    finally:
        os.chdir(before)


def _shards(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    os.mkfifo(folder / ".metadata")


def tokenizer_rules(**values: object) -> Spoil:
    """Change the rules of a tokenizer whose class is that of its file, whatever the model is."""

    def spoil(folder: Path) -> None:
        (folder / "config.json").unlink()
        _changed("tokenizer.json", **values)(folder)
        _changed("tokenizer_config.json", tokenizer_class="TokenizersBackend")(folder)

    return spoil


RULES: dict[str, Spoil] = {
    "memory": tokenizer_rules(
        normalizer={
            "type": "Sequence",
            "normalizers": [{"type": "Replace", "pattern": {"Regex": "."}, "content": "x" * 60_000}] * 2,
        }
    ),
}
"""Rules of a tokenizer that write gigabytes. Regular expressions end by themselves: Oniguruma limits their steps."""

TENSOR = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}

LIMITS = ("template loops", "template of", "template doubles")
"""Beginnings of the names of those that only a limit of time or memory ends."""
UNREAD = ("state", "README", "index is", "index nests", "index of numbers", "index leads", "index names")
"""Beginnings of the names of those that a checkpoint can be evaluated with: these files are not needed."""

FILES: dict[str, Spoil] = {
    "config is a list": _json("config.json", "[]"),
    "config is a number": _json("config.json", "7"),
    "config is empty": _json("config.json", " "),
    "config nests": _json("config.json", "[" * 200_000),
    "config nests validly": _json("config.json", '{"a":' * 500 + "1" + "}" * 500),
    "config is a pipe": _pipe("config.json"),
    "config is a device": _link("config.json", "/dev/zero"),
    "config is a folder": _folder("config.json"),
    "config is a socket": _socket,
    "config is 300 MB": _sparse("config.json", 300 << 20),
    "config leads out of the folder": _link("config.json", "/etc/hostname"),
    "config circles": _link("config.json", "config.json"),
    "config is not UTF-8": lambda folder: (folder / "config.json").write_bytes(b'{"a": "\xff\xfe"}') and None,
    "config has half a character": _json("config.json", '{"model_type": "\\ud800"}'),
    "config has a long integer": _json("config.json", '{"hidden_size": ' + "9" * 10_000 + "}"),
    "config of a million layers": _changed("config.json", num_hidden_layers=1_000_000, layer_types=None),
    "config of a huge vocabulary": _changed("config.json", vocab_size=10**12),
    "config of a huge width": _changed("config.json", hidden_size=10**9),
    "config of infinite layers": _changed("config.json", num_hidden_layers=float("inf")),
    "config of negative layers": _changed("config.json", num_hidden_layers=-1),
    "config of no layers": _changed("config.json", num_hidden_layers="many"),
    "config of no heads": _changed("config.json", num_attention_heads=0),
    "config quantised by a number": _changed("config.json", quantization_config=5),
    "config with text of a list": _changed("config.json", text_config=[1]),
    "config of another type": _changed("config.json", model_type=["qwen2"], architectures=3),
    "config of types": _changed("config.json", model_type=None, architectures={"a": 1}),
    "header nests": _header(b"[" * 200_000),
    "header is a list": _header(b"[]"),
    "header without tensors": _header(b"{}"),
    "header with metadata alone": _header(b'{"__metadata__":{"format":"pt"}}'),
    "header of infinite shape": _header(b'{"w":{"dtype":"F32","shape":[1e999],"data_offsets":[0,4]}}', b"1234"),
    "header of a huge shape": _header(
        b'{"w":{"dtype":"F32","shape":[' + b"9" * 4000 + b'],"data_offsets":[0,4]}}', b"1234"
    ),
    "header of many dimensions": _header(
        b'{"w":{"dtype":"F32","shape":[' + b"1," * 9999 + b'1],"data_offsets":[0,4]}}', b"1234"
    ),
    "header of fractions": _header(b'{"w":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', b"1234"),
    "header of truth": _header(b'{"w":{"dtype":"F32","shape":[true],"data_offsets":[0,4]}}', b"1234"),
    "header of negative offsets": _header(b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}'),
    "header of no type": _header(b'{"w":{"dtype":["F32"],"shape":[1],"data_offsets":[0,4]}}', b"1234"),
    "header of texts": _header(b'{"w":"F32"}'),
    "header of a long name": _header(json.dumps({"w." * 100_000: TENSOR}).encode(), b"1234"),
    "header of half a character": _header(json.dumps({"\ud800": TENSOR}).encode(), b"1234"),
    "header of an odd name": _header(json.dumps({"": TENSOR}).encode(), b"1234"),
    "header longer than the file": lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 8) and None,
    "weights are a pipe": _pipe("model.safetensors"),
    "weights are a device": _link("model.safetensors", "/dev/zero"),
    "weights are a folder": _folder("model.safetensors"),
    "index is a pipe": _pipe("model.safetensors.index.json"),
    "index is a list": _json("model.safetensors.index.json", "[]"),
    "index nests": _json("model.safetensors.index.json", "[" * 200_000),
    "index of numbers": _json("model.safetensors.index.json", '{"weight_map": {"w": 3}}'),
    "index leads elsewhere": _json("model.safetensors.index.json", '{"weight_map": {"w": "../../x.safetensors"}}'),
    "index names a null byte": _json("model.safetensors.index.json", '{"weight_map": {"w": "a\\u0000.safetensors"}}'),
    "tokenizer is a pipe": _pipe("tokenizer.json"),
    "tokenizer is a device": _link("tokenizer.json", "/dev/zero"),
    "tokenizer nests": _json("tokenizer.json", "[" * 200_000),
    "tokenizer is 300 MB": _sparse("tokenizer.json", 300 << 20),
    "tokenizer settings are a pipe": _pipe("tokenizer_config.json"),
    "tokenizer settings are a list": _json("tokenizer_config.json", "[]"),
    "tokenizer settings of a class": _changed("tokenizer_config.json", tokenizer_class={"a": 1}),
    "special tokens are a pipe": _pipe("special_tokens_map.json"),
    "generation settings are a pipe": _pipe("generation_config.json"),
    "generation settings of texts": _json("generation_config.json", '{"eos_token_id": {"a": "b"}}'),
    "generation settings nest": _json("generation_config.json", "[" * 200_000),
    "template is a pipe": _pipe("chat_template.jinja"),
    "template leads out of the folder": _link("chat_template.jinja", "/etc/passwd"),
    "template loops": _json(
        "chat_template.jinja",
        "{% for a in range(99999) %}" * 3 + "{% endfor %}" * 3,
    ),
    "template of gigabytes": _json("chat_template.jinja", "{{ 'x' * 30000000000 }}"),
    "template doubles": _json(
        "chat_template.jinja",
        "{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
    ),
    "template of powers": _json("chat_template.jinja", "{{ 9 ** 9 ** 9 ** 9 }}"),
    "template of a wide number": _json("chat_template.jinja", "{{ '%99999999999d' % 1 }}"),
    "adapter settings are a pipe": _pipe("adapter_config.json"),
    "state is a pipe": _pipe("trainer_state.json"),
    "state is a device": _link("trainer_state.json", "/dev/zero"),
    "state is a list": _json("trainer_state.json", "[]"),
    "state nests": _json("trainer_state.json", "[" * 200_000),
    "state is 300 MB": _sparse("trainer_state.json", 300 << 20),
    "state of an infinite step": _json("trainer_state.json", '{"global_step": 1e999}'),
    "index of shards is a pipe": _shards,
    "README is a pipe": _pipe("README.md"),
}
