"""`skillprobe protocols`: what the stored results were evaluated on and how."""

from __future__ import annotations

from skillprobe_core.terminal import say, say_folded


def protocols() -> None:
    """List the protocols of the store: items, prompts, sampling and token limit, with the number of checkpoints.

    A star marks the current one, which commands show if no --protocol is given.
    """
    from skillprobe_core.measurements.protocols.evaluation_protocol import checkpoints_under, recorded_protocols
    from skillprobe_core.project.project import Project

    project = Project.open()
    current = project.protocol().protocol
    for row in recorded_protocols(project.store).iter_rows(named=True):
        digest, levels = row["protocol"], ", ".join(map(str, row["levels"]))
        count = checkpoints_under(project.store, digest)
        say(f"{'*' if digest == current else ' '} {digest}  {row['name']}")
        level = "level" if len(row["levels"]) == 1 else "levels"
        say_folded(f"    {row['items']} items of {level} {levels} (item set {row['item_set']}), {row['prompts']}")
        say_folded(f"    sampling {row['sampling']}")
        say(f"    {count} checkpoint{'s' * (count != 1)}, recorded {row['created_at']:%Y-%m-%d %H:%M} UTC")
