"""Declaration of a divergence measure: its name, function, meaning and unit, and the places that show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.engine.table import Column
from skillprobe_core.plugins import LAST

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

    from .logit_pair import LogitPair
    from .token_texts import Text

EARLIER = "an earlier version measured the rows"
"""For `may_be_null`: the column was added later."""

ON_REFERENCE = "only reference text was measured"
"""For `may_be_null`: the measure compares the model that wrote the text with the other one."""

TokenFunction = Callable[["LogitPair"], "Tensor"]
TokenValues = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Declared:
    """The fields of both kinds of measures; all but `name` and `unit` are about the column of an item.

    study: its label in a report; a study and the trackers record it per checkpoint, and law fits use it, unless this is
    empty. headline: Dagster shows its mean per token. figure: title of its panel in the table's figure (only for a
    measure of the study); no panel if empty. at_least: its lower bound; a Dagster check reports rows whose value is
    below it, null or not finite.
    version: raise it when the measure gives other values; stored rows are then computed again, once.
    order: the place of its column among the measures' columns.
    """

    name: str
    unit: str = ""
    study: str = ""
    headline: bool = False
    figure: str = ""
    at_least: float | None = None
    version: int = 1
    order: int = LAST

    def __post_init__(self) -> None:
        if self.figure and not self.study:
            raise ValueError(f"measure {self.name!r}: `figure` needs `study`, whose values the figure shows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(_Declared):
    """A measure at one token: a function of both models' logits that returns one number per token.

    of_item: meaning of its column in `logit_divergence`, the mean over an item's tokens (of 0 and 1: a share); no such
    column if empty. of_token: meaning of its column in `token_divergence`, of type `token_dtype`; no such column if
    empty. of_noise: meaning of its column in `noise_floor`, the mean per token between two runs of the same weights; no
    such column if empty. may_be_null: when its columns may be null in every row.
    """

    function: TokenFunction
    of_item: str = ""
    of_token: str = ""
    token_dtype: type[pl.DataType] = pl.Float32
    of_noise: str = ""
    may_be_null: str = ""

    @property
    def column(self) -> Column | None:
        """The column of `logit_divergence`, if it has one."""
        if not self.of_item:
            return None
        return Column(self.name, pl.Float64, self.of_item, self.unit, self.may_be_null)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMeasure(_Declared):
    """A measure of an item that is not a mean: a function of its tokens' values, None where it is undefined.

    meaning, dtype, may_be_null: those of its column in `logit_divergence`.
    """

    function: Callable[[ItemTokens], object]
    meaning: str
    dtype: pl.DataType | type[pl.DataType] = pl.Float64
    may_be_null: str = ""

    @property
    def column(self) -> Column:
        """The column of `logit_divergence`."""
        return Column(self.name, self.dtype, self.meaning, self.unit, self.may_be_null)


@dataclass(frozen=True, slots=True)
class ItemTokens:
    """The measured tokens of one item, at least one: the input of an ItemMeasure.

    texts, parts: the item's texts (one per sample) and the measures at their tokens; values: the same measures over all
    texts together, in float64; text: `reference`, `base` or `own`.
    """

    texts: list[Text]
    parts: list[TokenValues]
    values: dict[str, NDArray[np.float64]]
    text: str
    tokenizer: PreTrainedTokenizerBase

    @property
    def writer(self) -> str | None:
        """The model that wrote the text, `base` or `checkpoint`; None for reference text."""
        return {"base": "base", "own": "checkpoint"}.get(self.text)

    @property
    def other(self) -> str | None:
        """The model that did not write the text; None for reference text."""
        return {"base": "checkpoint", "own": "base"}.get(self.text)
