"""The section [watch]: a run's own settings come before those for all runs."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.step_choice import StepChoice
from skillprobe_core.runs.watch_settings import WatchSettings


def test_a_runs_own_settings_come_first() -> None:
    every = WatchSettings(every_steps=50, order="newest", per_hour=4)
    plain = RunSettings(folder=Path("/run"), base=Path("/base"))
    assert every.of(plain) == StepChoice(50, "newest", 4)
    assert every.of(plain.model_copy(update={"order": "ends", "per_hour": 0})) == StepChoice(50, "ends", 0)
    assert WatchSettings().of(plain) == StepChoice()


@pytest.mark.parametrize("wrong", [{"every_steps": 0}, {"order": "middle"}, {"per_hour": -1}, {"attempts": 0}])
def test_other_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        WatchSettings.model_validate(wrong)
