"""The demo's base model: a folder that transformers and vLLM load, trained by `skillprobe_core.lab.pretrain`."""

from pathlib import Path

from skillprobe_core.errors import SettingsError


def base_model_folder() -> Path:
    """The model's folder; raises SettingsError where an installation left the weights out."""
    folder = Path(__file__).parent
    if not (folder / "model.safetensors").exists():
        raise SettingsError(
            "the demo's base model is missing",
            remedy="run from a clone, or train one: python -m skillprobe_core.lab.pretrain --minutes 60 --out DIR",
            path=folder,
        )
    return folder
