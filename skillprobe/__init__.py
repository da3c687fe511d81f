"""skillprobe: which reasoning skills of a language model grew, transferred or collapsed, checkpoint by checkpoint.

Everything that `__all__` lists is public and stays compatible within a minor version. `skillprobe_core` and
`skillprobe_dagster` are private: their names change without notice. Importing this package imports nothing heavy; each
name brings in what it needs when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from skillprobe_core import __version__

if TYPE_CHECKING:
    from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
    from skillprobe_core.benchmark.judging.endings import Ending
    from skillprobe_core.benchmark.judging.judge import Verdict
    from skillprobe_core.benchmark.twins.twin import Twin, TwinKind
    from skillprobe_core.engine.table import Column, Need, Table
    from skillprobe_core.errors import SkillprobeError
    from skillprobe_core.measurements.divergence.divergence_measure import ItemMeasure, Measure
    from skillprobe_core.measurements.divergence.logit_pair import LogitPair
    from skillprobe_core.measurements.parameters import sums_of_tensors
    from skillprobe_core.measurements.parameters.agreement import Agreement
    from skillprobe_core.measurements.parameters.elementwise.block import Block, Distribution, Elementwise, Totals
    from skillprobe_core.measurements.parameters.parameter_measure import Measure as ParameterMeasure
    from skillprobe_core.measurements.parameters.parameter_registry import Family
    from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectral
    from skillprobe_core.models.backend import Backend, BackendOffer, Completion, Opening, Request, SamplingSettings
    from skillprobe_core.runs.layouts import completeness
    from skillprobe_core.runs.layouts.layout import Conversion, Found, Layout, numbered
    from skillprobe_core.runs.model_files import ModelFiles
    from skillprobe_core.runs.ready_marks import mark_ready

    from .evaluating import Evaluation, ProbeResult, TableResult, probe, watch
    from .judging import Judged, judge
    from .measuring import divergence, weight_statistics
    from .results import Results, compare, open, report, study

__all__ = [
    "Agreement",
    "AnswerType",
    "Backend",
    "BackendOffer",
    "Block",
    "Column",
    "Completion",
    "Conversion",
    "Distribution",
    "Domain",
    "Draft",
    "Drafting",
    "Elementwise",
    "Ending",
    "Evaluation",
    "Family",
    "Found",
    "ItemMeasure",
    "Judged",
    "Kind",
    "Layout",
    "LogitPair",
    "Measure",
    "ModelFiles",
    "Need",
    "Opening",
    "ParameterMeasure",
    "ProbeResult",
    "Request",
    "Results",
    "SamplingSettings",
    "Skill",
    "SkillprobeError",
    "Spectral",
    "Table",
    "TableResult",
    "Totals",
    "Twin",
    "TwinKind",
    "Verdict",
    "__version__",
    "compare",
    "completeness",
    "divergence",
    "judge",
    "mark_ready",
    "numbered",
    "open",
    "probe",
    "report",
    "study",
    "sums_of_tensors",
    "watch",
    "weight_statistics",
]

# The module of each name; `:NAME` where it has another name there.
_MODULES = {
    "skillprobe.evaluating": "Evaluation ProbeResult TableResult probe watch",
    "skillprobe.judging": "Judged judge",
    "skillprobe.measuring": "divergence weight_statistics",
    "skillprobe.results": "Results compare open report study",
    "skillprobe_core.benchmark.item_schema": "AnswerType Domain Draft Drafting Kind Skill",
    "skillprobe_core.benchmark.judging.endings": "Ending",
    "skillprobe_core.benchmark.judging.judge": "Verdict",
    "skillprobe_core.benchmark.twins.twin": "Twin TwinKind",
    "skillprobe_core.engine.table": "Column Need Table",
    "skillprobe_core.errors": "SkillprobeError",
    "skillprobe_core.measurements.divergence.divergence_measure": "ItemMeasure Measure",
    "skillprobe_core.measurements.divergence.logit_pair": "LogitPair",
    "skillprobe_core.measurements.parameters": "sums_of_tensors",
    "skillprobe_core.measurements.parameters.agreement": "Agreement",
    "skillprobe_core.measurements.parameters.elementwise.block": "Block Distribution Elementwise Totals",
    "skillprobe_core.measurements.parameters.parameter_measure": "ParameterMeasure:Measure",
    "skillprobe_core.measurements.parameters.parameter_registry": "Family",
    "skillprobe_core.measurements.parameters.spectral.spectral_family": "Spectral",
    "skillprobe_core.models.backend": "Backend BackendOffer Completion Opening Request SamplingSettings",
    "skillprobe_core.runs.layouts": "completeness",
    "skillprobe_core.runs.layouts.layout": "Conversion Found Layout numbered",
    "skillprobe_core.runs.model_files": "ModelFiles",
    "skillprobe_core.runs.ready_marks": "mark_ready",
}
_PLACES = {entry.partition(":")[0]: (module, entry) for module, names in _MODULES.items() for entry in names.split()}


if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        """The public name, imported when it is used for the first time."""
        if name not in _PLACES:
            raise AttributeError(f"module 'skillprobe' has no attribute {name!r}")
        module, entry = _PLACES[name]
        attribute = entry.rpartition(":")[2]
        found = import_module(module)
        value: object = (
            getattr(found, attribute) if hasattr(found, attribute) else import_module(f"{module}.{attribute}")
        )
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return __all__
