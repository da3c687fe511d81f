"""The noise floor of a checkpoint: measured once for one set of bytes."""

from dataclasses import replace

import polars as pl

from skillprobe_core.measurements.probe import Probe
from skillprobe_core.project.noise_of_checkpoint import noise_floor
from skillprobe_core.project.project import Project


def test_it_is_measured_once_for_one_set_of_bytes(measured_noise: tuple[Probe, pl.DataFrame]) -> None:
    probe, frame = measured_noise
    again, reused = noise_floor(probe)
    assert reused
    assert again.equals(frame)
    sampling = replace(probe.settings.sampling, max_new_tokens=4)
    settings = probe.settings.model_copy(update={"sampling": sampling})
    changed = replace(probe, project=Project(settings, probe.store))
    assert not noise_floor(changed)[1]
