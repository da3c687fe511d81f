"""Loading of a checkpoint's tokenizer: local files only; code in the checkpoint is never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skillprobe_core.errors import CheckpointError, is_panic
from skillprobe_core.runs.adapters import base_of, is_adapter
from skillprobe_core.runs.content_files import has_tokenizer
from skillprobe_core.runs.joined_folder import in_one_folder
from skillprobe_core.runs.model_config import read_config
from skillprobe_core.runs.model_files import ModelLike, as_files

from .tokenizer_trial import RefusedTrial, refused, trial_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load_tokenizer(model: ModelLike) -> PreTrainedTokenizerBase:
    """The checkpoint's tokenizer; raises CheckpointError when there is none or it cannot be read.

    An adapter without a tokenizer uses its base's.
    """
    from transformers import AutoTokenizer

    files = as_files(model)
    if is_adapter(files) and not has_tokenizer(files):
        files = base_of(files)
    if (files.config / "config.json").exists():
        read_config(files)  # which the tokenizer's class may be read from: its faults are not the tokenizer's
    trial = trial_of(files)
    try:
        trial.load()
        with in_one_folder(files) as folder:  # a tokenizer's class may be named in the model's config.json alone
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except RefusedTrial as error:
        raise refused(error, "tokenizer", files.tokenizer) from error
    except CheckpointError:
        raise
    except BaseException as error:  # the tokenizers library raises bare Exception for a damaged file, or panics
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        raise CheckpointError(
            f"the tokenizer cannot be loaded: {(str(error).strip() or type(error).__name__).splitlines()[0]}",
            remedy="copy the base model's tokenizer files into this folder",
            path=files.tokenizer,
        ) from error
    tokenizer.name_or_path = str(files.tokenizer)
    tokenizer.skillprobe_trial = trial  # for the templates that it writes prompts with
    return tokenizer
