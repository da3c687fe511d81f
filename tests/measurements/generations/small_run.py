"""Completions of twenty short prompts, in chunks of seven."""

from skillprobe_core.measurements.generations.generate_rows import generate, requests_for
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.runs.checkpoint import Checkpoint

SETTINGS = SamplingSettings(samples=2, temperature=0.8, max_new_tokens=16)


def run(backend, items, log, settings=SETTINGS, **options):
    requests = requests_for(items, options.pop("tokenizer"), settings)
    return generate(
        backend, requests, settings, checkpoint=Checkpoint.in_folder("m", 5, log.folder, "sft"), item_set="set",
        chunk_log=log, chunk_size=7, **options,
    )  # fmt: skip
