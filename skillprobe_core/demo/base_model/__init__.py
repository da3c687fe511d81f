"""The demo's base model: a folder that transformers and vLLM load, trained by `tools.base_model.pretrain`."""

from pathlib import Path

from skillprobe_core.errors import SettingsError


def base_model_folder() -> Path:
    """The model's folder; raises SettingsError if the installation lacks the weights."""
    folder = Path(__file__).parent
    if not (folder / "model.safetensors").exists():
        raise SettingsError(
            "the demo's base model is missing",
            remedy="install skillprobe from a clone of its repository, which holds the weights",
            path=folder,
        )
    return folder
