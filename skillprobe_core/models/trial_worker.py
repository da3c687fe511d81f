"""The process that tries tokenizers and chat templates: one JSON request per line in, one word per line out.

Run as `python -m skillprobe_core.models.trial_worker`. A limit of processor time ends the process; the one that started
it (`tokenizer_trial.py`) starts another.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SAMPLES = (
    "", " ", "\n", "a", "a" * 3000, "A" * 3000, "1" * 3000, " " * 3000, "\n" * 3000, "=" * 3000, "\t" * 500,
    "aB1 _-" * 500, "a b " * 700 + "\x00!", "'s't're" * 400, "\\frac{1}{2} $x^{2}$ " * 150,
    "What is 12 + 30? Work step by step.\n12 + 30 = 42\nAnswer: 42\n" * 40, "x = [1, 2]; f(x)\n" * 150,
    "caf\u00e9 \u4f60\u597d \u043f\u0440\u0438\u0432\u0435\u0442 \U0001f600\u200d " * 120,
)  # fmt: skip
"""Texts of many kinds: long runs of one class of characters are what makes a regular expression backtrack."""
_MOST_CHARACTERS = 1 << 26
_NOTE = "Ignored unknown kwarg option "
"""The one line that the tokenizers library prints by itself, with a word of the tokenizer's file behind it."""
_MOST_PRINTED = 1 << 16


class _TooLarge(Exception):
    pass


def run(request: dict[str, Any]) -> str:
    """Run one trial.

    Args:
        request: `kind` (`load` or `render`), the `folder` of the tokenizer, and for `render` the `template` (None for
            plain text), the `conversations` and the template's `arguments`.

    Returns:
        `done`, or `memory` if it took too much. Exceptions are for the process that uses the tokenizer to report.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(request["folder"], local_files_only=True, trust_remote_code=False)
        if request["kind"] == "load":
            _encode_samples(tokenizer)
        else:
            for conversation in request["conversations"]:
                _write(tokenizer, request["template"], conversation, request["arguments"])
    except (MemoryError, _TooLarge):
        return "memory"
    except BaseException as error:  # a panic of the tokenizers library is not an Exception
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        return "memory" if isinstance(error.__cause__, MemoryError) else "done"
    return "done"


def _encode_samples(tokenizer: PreTrainedTokenizerBase) -> None:
    for text in SAMPLES:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(ids) > _MOST_CHARACTERS or len(tokenizer.decode(ids)) > _MOST_CHARACTERS:
            raise _TooLarge
    size = len(tokenizer)
    for start in range(0, size, max(1, size // 64)):
        if len(tokenizer.decode(list(range(start, min(start + 64, size))))) > _MOST_CHARACTERS:
            raise _TooLarge


def _write(
    tokenizer: PreTrainedTokenizerBase, template: str | None, turns: list[dict[str, Any]], arguments: dict[str, Any]
) -> None:
    parts = [{**turn, "content": [{"type": "text", "text": turn["content"]}]} for turn in turns]
    for given in (turns, parts):
        try:
            text = tokenizer.apply_chat_template(
                given, chat_template=template, add_generation_prompt=True, tokenize=False, **arguments
            )
        except MemoryError:
            raise
        except Exception:
            continue
        if len(text) > _MOST_CHARACTERS:
            raise _TooLarge
        tokenizer(text, add_special_tokens=False)


def _harmless(printed: IO[bytes]) -> bool:
    """Report if only notes of the library were printed, and empty the file."""
    printed.seek(0)
    text = printed.read(_MOST_PRINTED + 1).decode("utf-8", "replace")
    printed.seek(0)
    printed.truncate()
    lines = [line for line in text.split("\n") if line]
    return len(text) <= _MOST_PRINTED and all(line.startswith(_NOTE) and line.isprintable() for line in lines)


def _limit(seconds: float, gigabytes: float) -> None:
    """Limit the next trial; limits of the machine's own stay where they are lower."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1)
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        _lower(resource.RLIMIT_AS, size + int(gigabytes * (1 << 30)))


def _lower(which: int, limit: int) -> None:
    _, hard = resource.getrlimit(which)
    resource.setrlimit(which, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def serve(requests: TextIO, replies: TextIO, printed: IO[bytes] | None = None) -> None:
    """Answer requests until the stream ends; the first line says that the process is ready.

    Args:
        requests: One JSON request per line.
        replies: One word per line: that of `run`, or `printed` if a trial printed what could pose as another text.
        printed: The file that libraries print to (default: not checked).
    """
    import transformers.models.auto.tokenization_auto  # noqa: F401  it takes a second, which must not count

    print("ready", file=replies, flush=True)
    for line in requests:
        request = json.loads(line)
        _limit(request["seconds"], request["gigabytes"])
        word = run(request)
        print(word if printed is None or _harmless(printed) else "printed", file=replies, flush=True)


if __name__ == "__main__":
    # Tokenizers and templates need no models: this halves the time to start.
    sys.modules["torch"] = None  # type: ignore[assignment]
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    # Libraries in other languages print to descriptor 1, where a tokenizer's words could pose as replies.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as channel, TemporaryFile() as output:
        os.dup2(output.fileno(), 1)
        sys.stdout = sys.stderr
        serve(sys.stdin, channel, output)
