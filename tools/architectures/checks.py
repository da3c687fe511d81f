"""One architecture against transformers itself: loading, generation, divergence, hidden states, names of weights."""

from __future__ import annotations

import copy
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GenerationConfig,
    LogitsProcessor,
    LogitsProcessorList,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.generation import GenerationMixin
from transformers.utils import logging

from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.divergence.compare_texts import compare_texts
from skillprobe_core.measurements.divergence.representation import by_token, layer_states
from skillprobe_core.measurements.divergence.token_texts import Text, Texts
from skillprobe_core.measurements.parameters.tensor_components import component_of_pair
from skillprobe_core.models.backend import Request, SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend
from skillprobe_core.models.decoding.decoding_choice import decoding_of
from skillprobe_core.models.decoding.sampling import next_tokens, uniforms
from skillprobe_core.models.model_loading import load_model
from skillprobe_core.runs.logical_tensors import ModelTensors
from skillprobe_core.runs.tensor_pairs import pairs_of
from skillprobe_core.runs.weights import open_weights

from .family_sizes import NOT_CHECKED
from .tiny_models import VOCABULARY, class_name, moved, tiny_model

SPECIAL = ("<s>", "<pad>", "</s>", "<image>", "<video>", "<vision>", "</vision>", "<audio>")
STEPS = 14
GREEDY = SamplingSettings(max_new_tokens=STEPS, stop=())
SAMPLED = SamplingSettings(max_new_tokens=STEPS, temperature=1.0, samples=3, stop=())
KL_DIGITS, STATE_DIGITS = 2e-3, 1e-3
"""Largest relative difference of a token's KL, and of a hidden state, from the plain computation."""


NOT_BUILT = "not built: "
MOST_PARAMETERS = 20_000_000


@dataclass(frozen=True, slots=True)
class Findings:
    """Result for one architecture.

    decoding: `own`, `library` or `recomputed`. refused: the sentence of the error if the model cannot be evaluated.
    library: where `generate` and the forward pass of the class contradict each other, the evidence and which of the two
    completions follow. faults: what differs from transformers; empty if nothing does. other: names of weights whose
    component is not recognised.
    """

    model_type: str
    class_name: str
    decoding: str = ""
    refused: str = ""
    library: str = ""
    faults: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


def check(model_type: str) -> Findings:
    """Build the architecture tiny, as a base and a checkpoint, and compare every result with transformers' own."""
    name = class_name(model_type)
    if model_type in NOT_CHECKED:
        return Findings(model_type, name, refused=f"{NOT_BUILT}{NOT_CHECKED[model_type]}")
    with tempfile.TemporaryDirectory() as folder:
        base, checkpoint = Path(folder, "base"), Path(folder, "checkpoint")
        try:
            first = tiny_model(model_type)
            fault = _fault(first)
            save(first, base)
            save(moved(first, tiny_model(model_type)), checkpoint)
        except Exception as error:
            fault = f"{NOT_BUILT}{_first_line(error)}"
        if fault:
            return Findings(model_type, name, refused=fault)
        try:
            pair = (load_model(base, torch.float32, "cpu"), load_model(checkpoint, torch.float32, "cpu"))
        except CheckpointError as error:
            return Findings(model_type, type(first).__name__, refused=error.cause)
        gap = disagreement(pair[1])
        follows: Followed = "both"
        if gap:
            follows = "`generate`" if _quietly(_generation, pair[1], checkpoint) else "the forward pass"
        library = f"{gap}; completions follow {follows}" if gap else ""
        faults = list(_differences(*pair, checkpoint, follows))
        other = tuple(_unrecognised(base, checkpoint))
        decoding = decoding_of(pair[0]).name
        return Findings(
            model_type, type(pair[0]).__name__, decoding, library=library, faults=tuple(faults), other=other
        )


def quiet() -> None:
    """Silence transformers' warnings and progress bars in this process."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def tokenizer() -> PreTrainedTokenizerFast:
    """Special tokens, then one token per byte: as many tokens as the tiny models have logits."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    ids = {token: number for number, token in enumerate((*SPECIAL, *alphabet))}
    made = Tokenizer(models.BPE(ids, []))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        additional_special_tokens=list(SPECIAL[3:]),
    )


def save(model: PreTrainedModel, folder: Path) -> None:
    """Write a model and the tokenizer as a trainer does."""
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def prompts() -> list[tuple[int, ...]]:
    """Prompts of several lengths; the last three begin alike."""
    generator = torch.Generator().manual_seed(5)

    def some(length: int) -> tuple[int, ...]:
        return tuple(torch.randint(8, VOCABULARY, (length,), generator=generator).tolist())

    start = some(SHARED)
    return [some(3), some(20), some(8), some(8), *((*start, *some(length)) for length in (2, 9, 4))]


SHARED = 11
"""Ids that the last three prompts share."""


Followed = Literal["both", "`generate`", "the forward pass"]


def disagreement(model: PreTrainedModel) -> str:
    """The evidence that `generate` and a forward pass without a cache contradict each other; empty if they agree.

    Both read the same text, one prompt at a time, in float64. A difference that appears in float32 alone is rounding.
    """
    try:
        if _gap(model) <= GAP:
            return ""
        exact = copy.deepcopy(model).double()
        exact.set_experts_implementation("eager")
        gap = _gap(exact)
    except Exception as error:
        return f"`generate` fails: {_first_line(error)}"
    return (
        "" if gap <= GAP else f"logits of `generate` and of a forward pass differ by {gap:.0%} of the largest (float64)"
    )


def _gap(model: PreTrainedModel) -> float:
    """Largest difference of the logits of `generate` from those of a forward pass, as a share of the largest logit."""
    worst = 0.0
    for ids in prompts():
        made = _generate(model, ids, STEPS)
        with torch.inference_mode():
            plain = model(input_ids=made.sequences[:, :-1], use_cache=False).logits[0, len(ids) - 1 :]
        scores = torch.cat(made.logits)
        worst = max(worst, float((plain - scores).abs().max() / scores.abs().max()))
    return worst


GAP = 1e-3
"""Largest difference of logits, as a share of the largest, that rounding explains in float32."""


def _generate(model: PreTrainedModel, ids: Sequence[int], steps: int, *processors: LogitsProcessor) -> Any:  # noqa: ANN401
    """The output of transformers' `generate` for one prompt, greedily after the processors."""
    asked = torch.tensor([ids])
    with torch.inference_mode():
        return GenerationMixin.generate(
            model,
            asked,
            attention_mask=torch.ones_like(asked),
            generation_config=GenerationConfig(
                do_sample=False,
                max_new_tokens=steps,
                bos_token_id=0,
                pad_token_id=1,
                eos_token_id=2,
                return_dict_in_generate=True,
                output_logits=True,
            ),
            logits_processor=LogitsProcessorList(processors),
        )


def _read(model: PreTrainedModel, ids: Sequence[int], steps: int, random: torch.Tensor | None = None) -> list[int]:
    """A completion by one forward pass without a cache per token, greedily or drawn with these numbers."""
    made: list[int] = []
    with torch.inference_mode():
        while len(made) < steps and 2 not in made:
            logits = model(input_ids=torch.tensor([[*ids, *made]]), use_cache=False).logits[:, -1]
            drawn = None if random is None else random[:, len(made)]
            made.append(int(next_tokens(logits, GREEDY if random is None else SAMPLED, drawn)))
    return made


class _Drawn(LogitsProcessor):  # type: ignore[misc]
    """Leaves the token possible that is drawn with the given numbers."""

    def __init__(self, random: torch.Tensor) -> None:
        self._random, self._step = random, 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """The scores with every other token at minus infinity."""
        token = next_tokens(scores, SAMPLED, self._random[:, self._step])
        self._step += 1
        return torch.full_like(scores, -torch.inf).scatter_(1, token[:, None], 0.0)


def _differences(base: PreTrainedModel, model: PreTrainedModel, folder: Path, follows: Followed) -> Iterator[str]:
    for part, function in (("generation", _generation), ("sampling", _sampling)):
        try:
            if not function(model, folder, follows):
                yield f"{part} differs"
        except Exception as error:
            yield f"{part}: {_first_line(error)}"
    texts = _texts(model)
    for part, measured in (("divergence", _divergence), ("hidden states", _hidden_states)):
        try:
            worst = measured(base, model, texts)
            if not worst <= 1:
                yield f"{part} {'differ' if part.endswith('s') else 'differs'} by {worst:.1f} times the tolerance"
        except Exception as error:
            yield f"{part}: {_first_line(error)}"


def _quietly(function: Callable[[PreTrainedModel, Path], bool], model: PreTrainedModel, folder: Path) -> bool:
    """The result of a comparison; False where it fails."""
    try:
        return function(model, folder)
    except Exception:
        return False


def requests(samples: int = 1, settings: SamplingSettings = GREEDY) -> list[Request]:
    """One request per prompt and sample."""
    return [
        Request(str(number), sample, ids, settings.row_seed(str(number), sample), SHARED if number >= 4 else 0)
        for number, ids in enumerate(prompts())
        for sample in range(samples)
    ]


def _generation(model: PreTrainedModel, folder: Path, follows: Followed = "`generate`") -> bool:
    """Greedy completions, which several tokens end at different steps, equal those of one prompt at a time."""
    expected = [
        _read(model, ids, STEPS)
        if follows == "the forward pass"
        else _generate(model, ids, STEPS).sequences[0, len(ids) :].tolist()
        for ids in prompts()
    ]
    backend = TransformersBackend(model, tokenizer(), folder)
    ends = end_tokens(expected) | backend._end_ids
    backend._end_ids = ends
    found = {each.item_id: list(each.ids) for each in backend.complete(requests(), GREEDY)}
    return all(found[str(number)] == until(ids, ends) for number, ids in enumerate(expected))


def end_tokens(completions: Sequence[Sequence[int]]) -> frozenset[int]:
    """The end token and three that end some of these completions early."""
    seen = Counter(token for ids in completions[::2] for token in ids[2:9])
    return frozenset([2, *(token for token, _ in seen.most_common()[-3:])])


def until(ids: Sequence[int], ends: frozenset[int]) -> list[int]:
    """The ids up to and with the first end token."""
    place = next((at for at, token in enumerate(ids) if token in ends), len(ids))
    return list(ids[: place + 1])


def _sampling(model: PreTrainedModel, folder: Path, follows: Followed) -> bool:
    """Sampled completions equal those of one prompt at a time, drawn with the same numbers.

    The loop has no cache, but where `generate` contradicts it and completions follow `generate`.
    """
    backend = TransformersBackend(model, tokenizer(), folder)
    some = requests(SAMPLED.samples, SAMPLED)
    found = {(each.item_id, each.sample): list(each.ids) for each in backend.complete(some, SAMPLED)}
    for each in some[:2] + some[-2:]:
        random = uniforms([each.seed], STEPS, torch.device("cpu"))
        assert random is not None
        ids = each.prompt_ids
        if follows == "`generate`":
            expected = _generate(model, ids, STEPS, _Drawn(random)).sequences[0, len(ids) :].tolist()
        else:
            expected = _read(model, ids, STEPS, random)
        if found[each.item_id, each.sample] != until(expected, backend._end_ids):
            return False
    return True


def _texts(model: PreTrainedModel) -> Texts:
    """The model's own greedy answers, each with the end token that it wrote, of different lengths."""
    made = [Text(str(number), ids, tuple(_read(model, ids, 6 + number))) for number, ids in enumerate(prompts())]
    return Texts("", "own", tuple(made))


def _divergence(base: PreTrainedModel, model: PreTrainedModel, texts: Texts) -> float:
    """Largest difference from float64 softmaxes of one text at a time, in units of the tolerance."""
    found = compare_texts(base, model, tokenizer(), texts, model="m", step=1, with_tokens=True).tokens
    assert found is not None
    worst = 0.0
    for text in texts.texts:
        ids = torch.tensor([text.inputs])
        with torch.inference_mode():
            p, q = (
                each(input_ids=ids, use_cache=False)
                .logits[0, len(text.prompt) - 1 :, :VOCABULARY]
                .double()
                .log_softmax(-1)
                for each in (base, model)
            )
        rows = found.filter(item_id=text.item_id).sort("position")
        token = torch.tensor(text.completion)[:, None]
        for name, expected in (
            ("forward_kl", (p.exp() * (p - q)).sum(-1)),
            ("reverse_kl", (q.exp() * (q - p)).sum(-1)),
            ("base_log_prob", p.gather(1, token)[:, 0]),
            ("checkpoint_log_prob", q.gather(1, token)[:, 0]),
        ):
            got = torch.tensor(rows[name].to_list(), dtype=torch.float64)
            worst = max(worst, float(((got - expected).abs() / (expected.abs() + 1e-2)).max()) / KL_DIGITS)
    return worst


def _hidden_states(_: PreTrainedModel, model: PreTrainedModel, texts: Texts) -> float:
    """Largest difference from the states that the class itself gives for one text at a time."""
    parts: list[list[torch.Tensor]] = []
    with torch.inference_mode():
        for text in texts.texts:
            ids = torch.tensor([text.inputs])
            layers = model(input_ids=ids, use_cache=False, output_hidden_states=True).hidden_states
            parts.append([by_token(layer, ids.shape)[0, len(text.prompt) :] for layer in layers])
    worst = 0.0
    # Batches are ordered by length.
    order = sorted(range(len(texts.texts)), key=lambda at: (-len(texts.texts[at].inputs), at))
    for number, layer in enumerate(layer_states(model, texts)):
        expected = torch.cat([parts[at][number] for at in order])
        worst = max(worst, float((layer - expected).abs().max() / expected.abs().max()) / STATE_DIGITS)
    return worst


def _unrecognised(base: Path, checkpoint: Path) -> Iterator[str]:
    """Names of matrices of the language model without a component, and of stacks that are not divided."""
    pairs = pairs_of(*(ModelTensors.of(open_weights(folder)) for folder in (base, checkpoint)))
    for pair in pairs:
        if len(pair.shape) == 3 and pair.place == "text" and min(pair.shape[1:]) > 1:
            yield f"{pair.key} {list(pair.shape)} is one tensor"
        elif len(pair.shape) == 2 and component_of_pair(pair) == "other":
            yield pair.key


def _fault(model: PreTrainedModel) -> str:
    """The reason why a tiny model cannot be checked; empty if it can, or is refused for what its class needs."""
    if model.num_parameters() > MOST_PARAMETERS:
        return f"{NOT_BUILT}{model.num_parameters():,} parameters"
    try:
        with torch.inference_mode():
            model(input_ids=torch.tensor([list(range(8, 40))]), use_cache=False)
    except (TypeError, ValueError) as error:
        words = ("missing", "specify", "has to be not-None", "is required")
        return "" if any(word in str(error) for word in words) else f"{NOT_BUILT}{_first_line(error)}"
    except Exception as error:
        return f"{NOT_BUILT}{_first_line(error)}"
    return ""


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
