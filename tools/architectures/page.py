"""The page docs/architectures.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import torch
import transformers

from skillprobe_core.models.vllm_engine.vllm_classes import VLLMClasses, recorded_classes

from .checks import NOT_BUILT, Findings

_OPENING = """# Architectures

Every architecture of transformers that generates text, as far as it can be built with a few small layers: {built} of
{total} model types of causal language models and of models of images and text (transformers {transformers},
torch {torch}, on a CPU in float32). Each is saved as a base and as a checkpoint with other weights, loaded as any
checkpoint is, and compared with transformers itself:

- greedy completions, which several tokens end at different steps, with `model.generate` for one prompt at a time;
  some prompts begin alike
- sampled completions, three per prompt, with a loop that has no cache and draws with the same random numbers
- both KL divergences and both log-probabilities of each token with a float64 softmax of one text at a time, on the
  checkpoint's own text with the end token that it wrote
- hidden states of every layer with those that the class returns for one text at a time
- the names of all matrices with the components of `parameter_stats`

`python -m tools.architectures --write` makes this page, and `python -m tools.architectures llama qwen3_5_text` checks
some types. The tests check a sample.

**Decoding.** `own` is skillprobe's loop, which pads prompts on the left, reads shared beginnings once and drops
finished rows. It is used where the class takes positions and a cache, computes attention through the library's
interface, has no recurrent state and no chunks, and every layer has a cache of full or sliding attention. `library` is
`generate` with prompts of equal length as a batch, so that no prompt is padded: for hybrid and state-space
models, ALiBi, local attention and every other class. It is slower where prompts differ in length. `recomputed` is one
forward pass of the complete text per token: where `generate` fails, or continues a short text otherwise than the
forward pass of the class reads it, which is checked when a model is loaded.

Multimodal classes are evaluated on text alone. The weights of their vision and audio towers have the component
`vision_audio` in `parameter_stats`.

{vllm}
"""

_VLLM = """**vLLM** is the support of vLLM {vllm} (with transformers {transformers}) by the name of the class. `own`: an
implementation of its own; `generic`: its implementation that runs the class of transformers; `none`: the backend `vllm`
refuses the class by name. The models were not run in vLLM for this page. `python -m tools.architectures.vllm_support`
renews this column."""
_COLUMN = "vLLM"
_COLUMNS = 4  # of a table with a decoding per class, without that of vLLM
_CELL_END = re.compile(r" ?(?<!\\)\| ?")


def page(findings: Sequence[Findings]) -> str:
    """The page's text."""
    built = [each for each in findings if not each.refused.startswith(NOT_BUILT)]
    agree = [each for each in built if not each.refused and not each.faults]
    opening = _OPENING.format(
        built=len(built),
        total=len(findings),
        transformers=transformers.__version__,
        torch=torch.__version__,
        vllm=_VLLM.partition(" ")[0],
    )
    parts = (_works(agree), _contradicted(agree), _differs(built), _refused(built), _not_built(findings))
    return with_vllm("\n".join([opening, *(line for part in parts for line in part)]) + "\n")


def with_vllm(text: str, classes: VLLMClasses | None = None) -> str:
    """The page's text with the column and the paragraph of vLLM's support as it is recorded, in place of earlier ones.

    Args:
        text: The text of a page, with or without the column.
        classes: The support to show (default: the recorded one).

    Returns:
        The text.
    """
    known = classes or recorded_classes()
    versions = _VLLM.format(vllm=known.vllm, transformers=known.transformers)
    paragraphs = (versions if each.startswith(_VLLM.partition(" ")[0]) else each for each in text.split("\n\n"))
    return "\n".join(_with_cell(line, known) for line in "\n\n".join(paragraphs).split("\n"))


def _with_cell(line: str, known: VLLMClasses) -> str:
    """A line with the column if it belongs to a table with a decoding per class."""
    cells = _CELL_END.split(line)[1:-1]
    if len(cells) not in (_COLUMNS, _COLUMNS + 1):
        return line
    if cells[1] == "class":
        cell = _COLUMN
    elif set(cells[1]) == {"-"}:
        cell = "---"
    else:
        cell = known.support(cells[1].strip("`")) or "none"
    separator = "|" if cell == "---" else " | "
    return separator.join([*cells[:3], cell, cells[-1]]).join(("|", "|") if cell == "---" else ("| ", " |"))


def _works(agree: Sequence[Findings]) -> Iterator[str]:
    rows = [each for each in agree if not each.library]
    yield f"## Agree with transformers ({len(rows)})"
    yield ""
    yield from _table(("model type", "class", "decoding", "weights without a component"), map(_other, rows), rows)


def _contradicted(agree: Sequence[Findings]) -> Iterator[str]:
    rows = [each for each in agree if each.library]
    yield f"## transformers contradicts itself ({len(rows)})"
    yield ""
    yield "`generate`, which has a cache, and a forward pass without one give different logits for the same text, one"
    yield "prompt at a time in float64; or `generate` fails. Completions agree with the one of the two that is named,"
    yield "divergences and hidden states with the forward pass."
    yield ""
    yield from _table(("model type", "class", "decoding", "evidence"), (_cell(each.library) for each in rows), rows)


def _differs(built: Sequence[Findings]) -> Iterator[str]:
    rows = [each for each in built if each.faults]
    yield f"## Differ, or are evaluated in part ({len(rows)})"
    yield ""
    differences = (_cell("; ".join(filter(None, (*each.faults, each.library)))) for each in rows)
    yield from _table(("model type", "class", "decoding", "difference"), differences, rows)


def _table(header: Sequence[str], last: Iterable[str], rows: Sequence[Findings]) -> Iterator[str]:
    """One line per type, with its class and decoding and the text of its last cell."""
    if not rows:
        yield "None."
    else:
        yield f"| {' | '.join(header)} |"
        yield "|---|---|---|---|"
    for each, text in zip(rows, last, strict=True):
        yield f"| `{each.model_type}` | `{each.class_name}` | {each.decoding} | {text} |"
    yield ""


def _refused(built: Sequence[Findings]) -> Iterator[str]:
    rows = [each for each in built if each.refused]
    yield f"## Refused ({len(rows)})"
    yield ""
    yield "| model type | error |"
    yield "|---|---|"
    for each in rows:
        yield f"| `{each.model_type}` | {_cell(each.refused)} |"
    yield ""


def _not_built(findings: Sequence[Findings]) -> Iterator[str]:
    rows = [each for each in findings if each.refused.startswith(NOT_BUILT)]
    yield f"## Not checked ({len(rows)})"
    yield ""
    yield "| model type | reason |"
    yield "|---|---|"
    for each in rows:
        yield f"| `{each.model_type}` | {_cell(each.refused.removeprefix(NOT_BUILT))} |"


def _other(each: Findings) -> str:
    return str(len(each.other)) if each.other else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
