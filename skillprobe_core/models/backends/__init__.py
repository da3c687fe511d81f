"""Choice of a backend: by name, or by the installed packages and the available device."""

from __future__ import annotations

from typing import Literal, assert_never

import torch

from skillprobe_core.errors import SettingsError
from skillprobe_core.models.backend import Backend
from skillprobe_core.models.model_loading import choose_device
from skillprobe_core.runs.model_files import ModelLike, as_files

BackendName = Literal["auto", "transformers", "vllm", "openai-server"]


def choose_backend(name: BackendName, device: str = "auto") -> Literal["transformers", "vllm", "openai-server"]:
    """The backend that `auto` stands for: vLLM if it is installed and the device is a GPU, else transformers.

    On a CPU the model loaded by transformers also serves the later stages, which outweighs vLLM's faster decoding.
    """
    if name != "auto":
        return name
    from .vllm_backend import vllm_is_installed

    return "vllm" if choose_device(device).type == "cuda" and vllm_is_installed() else "transformers"


def open_backend(
    checkpoint: ModelLike,
    name: BackendName = "auto",
    *,
    dtype: torch.dtype | None = None,
    device: str = "auto",
    url: str | None = None,
    model: str | None = None,
    api_key: str | None = None,
) -> Backend:
    """A backend on the checkpoint; `url` and `model` (default: the folder's path) are for a server.

    Raises SettingsError for a backend that is not installed or not configured, CheckpointError for a checkpoint that
    cannot be loaded.
    """
    chosen = choose_backend(name, device)
    if chosen == "transformers":
        from .transformers_backend import TransformersBackend

        return TransformersBackend.from_folder(checkpoint, dtype=dtype, device=device)
    if chosen == "vllm":
        from .vllm_backend import VLLMBackend

        return VLLMBackend(checkpoint, dtype=dtype)
    if chosen == "openai-server":
        from .openai_server import OpenAIServerBackend

        if url is None:
            raise SettingsError(
                "backend openai-server needs the address of a server",
                remedy='set `url` under [compute] in skillprobe.toml, for example url = "http://127.0.0.1:8000/v1"',
            )
        return OpenAIServerBackend(url, model or str(as_files(checkpoint).path), checkpoint, api_key=api_key)
    assert_never(chosen)
