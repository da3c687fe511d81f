"""`skillprobe probe`: all tables of one checkpoint, without Dagster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.extras import require
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .item_options import LEVELS, READINGS, THINKING, TOKEN_LIMIT, levels_of, names_of

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.project.run_tables import Computed


def probe(
    checkpoint: Annotated[Path, typer.Argument(help="Path of the checkpoint.")],
    base: Annotated[
        Path | None,
        typer.Option(help="Folder of its base (default: that of its run in skillprobe.toml, else itself, step 0)."),
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model name (default: the run folder's).")] = None,
    step: Annotated[int | None, typer.Option(min=1, help="Training step (default: the one its layout gives).")] = None,
    method: Annotated[str, typer.Option(help="Training method: sft, rl, ...")] = "unknown",
    levels: Annotated[str | None, typer.Option(help=LEVELS)] = None,
    per_level: Annotated[int | None, typer.Option(min=1, help="Number of items per kind and level.")] = None,
    sources: Annotated[str | None, typer.Option(help="Imported sources to add, for example gsm8k,arc.")] = None,
    per_source: Annotated[int | None, typer.Option(min=1, help="Number of items per source.")] = None,
    shots: Annotated[int | None, typer.Option(min=0, help="Number of worked examples in each prompt.")] = None,
    thinking: Annotated[bool, typer.Option("--thinking", help=THINKING)] = False,
    max_new_tokens: Annotated[int | None, typer.Option(min=1, help=TOKEN_LIMIT)] = None,
    tokens: Annotated[bool, typer.Option("--tokens", help="Also store the divergence of every token.")] = False,
    readings: Annotated[str | None, typer.Option(help=READINGS)] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be computed or reused, and why; write nothing.")
    ] = False,
) -> None:
    """Evaluate one checkpoint: items, generations, verdicts, scores, divergence, parameters, tests of change.

    The base is evaluated first, once. Results that were computed earlier from the same bytes are reused. Options
    override the settings in skillprobe.toml. The exit status is 1 if a table was not computed.
    """
    if not dry_run:
        require("models", "probing")
    from skillprobe_core.models.backends import check_usable
    from skillprobe_core.project.given_checkpoint import probe_of_folders, with_options
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.run_tables import Refused, refused_in_words, run_tables
    from skillprobe_core.show.report.format_tables import print_format_shares
    from skillprobe_core.show.report.summary_table import print_summary

    project = Project.open()
    settings = with_options(
        project.settings,
        levels=levels_of(levels),
        per_level=per_level,
        shots=shots,
        thinking=thinking,
        max_new_tokens=max_new_tokens,
        sources=names_of(sources),
        per_source=per_source,
        tokens=tokens,
        readings=names_of(readings),
    )
    one = probe_of_folders(
        checkpoint, base, model=model, step=step, method=method, settings=settings, store=project.store
    )
    _say_step(one, given=step)
    if dry_run:
        _forecast(one)
        return
    check_usable(settings.compute)
    _say_choices(one)
    refused: list[Refused] = []
    for each in run_tables(one, refused=refused):
        _say_computed(one, each)
    protocol = one.protocol.digest
    shown = [(one.checkpoint.model, s) for s in sorted({0, one.checkpoint.step})]
    print_summary(project.store, protocol, shown)
    if one.settings.readings.also:
        print_format_shares(project.store, protocol, shown)
    if project.protocol().protocol != protocol:
        say(f"\nThese are not the results that commands show by default; for those, add --protocol {protocol}.")
    for line in refused_in_words(refused):
        say(line, err=True)
    if refused:
        raise typer.Exit(1)


def _say_choices(probe: Probe) -> None:
    """Show the items, and what the settings leave to the base: number type, prompts, sampling, readings."""
    from skillprobe_core.project.failures import own_failure

    store = probe.store
    say(f"{probe.checkpoint.key}: {len(probe.items)} items (set {probe.item_set}), results in {visible(store.root)}")
    with own_failure(store, probe.base, "number type"):
        say(f"  number type {probe.number_type.dtype}: {probe.number_type.reason}")
        if faster := probe.faster_here():
            say(f"  {faster}")
    with own_failure(store, probe.checkpoint, "prompts"):
        say(f"  prompts: {visible(probe.choice.reason)}")
        if probe.settings.sampling.preset is not None:
            say(f"  sampling: {visible(probe.sampling.canonical())}")
    for cost in probe.settings.readings.cost:
        say(f"  reading {cost}")


def _say_computed(probe: Probe, computed: Computed) -> None:
    """Show a table's rows and time, or that it was reused."""
    from skillprobe_core.show.report.sampled_spectra import sample_lines

    on = f" on {', '.join(computed.devices)}" if computed.devices else ""
    what = "reused" if computed.reused else f"{computed.result.seconds:.1f} s{on}"
    say(f"  {computed.model}/{computed.step}  {computed.table:<20} {computed.result.rows:>6} rows  {what}")
    for line in sample_lines(probe.store, [computed.result]):
        say(f"    {line}")


def _say_step(probe: Probe, *, given: int | None) -> None:
    """Say which step the checkpoint has, where the user may expect another one."""
    from skillprobe_core.runs.places import checkpoint_of
    from skillprobe_core.runs.trainer_states import step_conflict

    if probe.is_base and checkpoint_of(probe.base.path, probe.project.layouts).step:
        say("no base is given, so the checkpoint counts as one, at step 0; compare it with its base by --base FOLDER")
    if given is None and (conflict := step_conflict(probe.checkpoint)):
        say(f"warning: {visible(conflict)}", err=True)


def _forecast(probe: Probe) -> None:
    from skillprobe_core.project.dry_run import dry_run

    found = dry_run(probe)
    if found.protocol is None or found.items is None:
        say(f"{probe.checkpoint.key}: a pilot on the base would choose the levels first; nothing is written")
    else:
        say(f"{probe.checkpoint.key}: {len(found.items)} items (set {found.protocol.item_set}); nothing is written")
    sampling = probe.settings.sampling
    number = f"{sampling.samples} completion{'' if sampling.samples == 1 else 's'}"
    say(f"  {number} per item, at most {sampling.limit_in_words} each")
    for cost in probe.settings.readings.cost:
        say(f"  reading {cost}")
    for each in found.tables:
        what = f"{each.rows:>6} rows  would be reused" if each.reused else "             would be computed"
        say(f"  {each.model}/{each.step}  {each.table:<20} {what} ({each.reason})")
    computed = sum(not each.reused for each in found.tables)
    say(f"{computed} of {len(found.tables)} tables would be computed")
