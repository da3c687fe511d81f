"""`skillprobe upgrade`: a store of an earlier version, brought to this one."""

from __future__ import annotations

import json

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible


def upgrade() -> None:
    """Bring a store that an earlier version wrote to this version. No checkpoint is read.

    Completions and measurements are kept, under the protocol that they belong to. Verdicts, scores and tests of change
    are computed again from the completions. Studies are deleted; `skillprobe study` computes them again. After an
    interrupt, run the command again.
    """
    from skillprobe_core.engine.store import Store
    from skillprobe_core.home import home
    from skillprobe_core.project.settings import load_settings
    from skillprobe_core.project.upgrading.upgrade_store import sampling_to_continue, upgrade

    store, settings = Store(home()), load_settings()
    found = upgrade(settings, store)
    if found.nothing:
        say(f"nothing to upgrade: no file in {visible(store.root)} is from an earlier version")
        return
    for each in found.protocols:
        say(f"protocol {each.protocol}: {visible(each.name)}")
    if changed := sampling_to_continue(settings, store, found.protocols):
        say(
            "the next probe begins another protocol, since [sampling] has other values now; to go on under "
            f"{found.protocols[-1].protocol}, set in skillprobe.toml, under [sampling]:"
        )
        for name, value in changed.items():
            say(f"  {name} = {json.dumps(value)}")
    say(f"{found.checkpoints} checkpoints: verdicts, scores and tests of change computed again from their completions")
    say(f"{found.completions} completions kept, {found.with_ids} of them with token ids")
    if found.measured:
        say(
            f"{found.measured} files of divergences and noise floors kept as measured. `skillprobe probe` and "
            "`skillprobe noise` measure them again if the checkpoint still exists: text of the base and of the "
            "checkpoint was tokenised again before, and now keeps the sampled token ids."
        )
    if found.studies:
        say("studies deleted: run `skillprobe study`")
    for path in found.aside:
        say(f"moved to {visible(path)}: this version cannot use these rows")
