"""docs/trainers.md: its settings are read, and no trainer is forgotten."""

import re
import tomllib
from pathlib import Path

from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.layouts import LAYOUTS
from skillprobe_core.runs.layouts.described_layout import rule_of
from tools.real_saves.recording import Recording

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "trainers.md").read_text()


def test_its_section_is_a_layout() -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (layout,) = Settings.model_validate(tomllib.loads(block)).layouts
    assert layout.layout.looks_for == "step_N/policy/ (complete: file:DONE)"
    assert set(type(layout).model_fields) == set(tomllib.loads(block)["layouts"][0])


def test_its_rules_are_read() -> None:
    rules = re.findall(r"`((?:file|json|absent|number|rename|quiet)(?::\w+)?)`", PAGE)
    assert len(set(rules)) >= 6
    for rule in rules:
        rule_of(rule)


def test_every_trainer_has_a_row() -> None:
    for layout in LAYOUTS:
        for trainer in re.split(r", (?:and )?| with | \(", layout.trainers):
            if trainer[0].isupper() or "-" in trainer or trainer in {"axolotl", "unsloth", "verl", "nanotron"}:
                assert f"{trainer}" in PAGE, trainer


def test_the_recorded_saves_are_listed_with_their_versions() -> None:
    recorded = {}
    for file in (ROOT / "tests" / "data" / "recorded_saves").glob("*.zip"):
        library, version = next(iter(Recording.read(file).description["versions"].items()))
        recorded[library] = version
    assert len(recorded) >= 8
    for library, version in recorded.items():
        assert re.search(rf"^\| [^|]*{library}[^|]* {re.escape(version)}", PAGE, re.MULTILINE | re.IGNORECASE), library
