"""Deletes a model's partitions in Dagster after a rename or removal: `python -m skillprobe_dagster.forget_partitions`.

Works on the instance of DAGSTER_HOME, or of the `dagster.yaml` in the working directory.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from dagster import DagsterInstance

from skillprobe_core.terminal import prepare, say

from .partitions import checkpoint_partitions


def forget(instance: DagsterInstance, model: str, step: int | None = None) -> list[str]:
    """Delete the partitions of a model, or of one of its steps, from Dagster; returns their keys.

    Stored rows and the history of events stay.
    """
    name = str(checkpoint_partitions.name)
    wanted = [
        key
        for key in instance.get_dynamic_partitions(name)
        if (key == f"{model}/{step}" if step is not None else key.rpartition("/")[0] == model)
    ]
    for key in wanted:
        instance.delete_dynamic_partition(name, key)
    return wanted


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    prepare()
    parser = argparse.ArgumentParser(description="Delete a model's partitions in Dagster; no rows are deleted.")
    parser.add_argument("model", help="name of the model")
    parser.add_argument("step", nargs="?", type=int, help="one step of it (default: all)")
    given = parser.parse_args(arguments)
    with DagsterInstance.get() if os.environ.get("DAGSTER_HOME") else DagsterInstance.from_config(".") as instance:
        keys = forget(instance, given.model, given.step)
    say(f"{len(keys)} partitions deleted" + (f": {', '.join(keys)}" if keys else ""))


if __name__ == "__main__":
    main()
